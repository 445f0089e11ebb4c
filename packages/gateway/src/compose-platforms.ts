import { performance } from "node:perf_hooks";
import type { RulesInForce } from "./compose-rules.ts";
import { PlatformDirectory, type PlatformMemory } from "./platforms/directory.ts";
import type { PlatformStore } from "./store/platforms.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

export interface PlatformParts {
  readonly rules: RulesInForce;
  readonly store: PlatformStore;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
}

/** Which family a controller is of: by the rules in force, by what was found out, here or by others. */
export function buildDirectory(parts: PlatformParts): PlatformDirectory {
  const { rules, log } = parts;
  return new PlatformDirectory({
    settings: () => rules.current.web.controllers,
    clock: () => performance.now(),
    onDetected: ({ address, port }, { name }) => log.info({ address, port, platform: name }, "controller recognised"),
    memory: memoryIn(parts),
  });
}

/** The store as a memory: where it cannot be asked the controller is, and the failure counts like every other. */
function memoryIn({ store, log, metrics, now }: PlatformParts): PlatformMemory {
  const failed = (error: unknown) => {
    metrics.storeFailure();
    log.warn({ error }, "the store could not be asked, or told, of a controller's family");
    return undefined;
  };
  return {
    async recall(target) {
      const found = await store.platformOf(target, now()).catch(failed);
      return found && { name: found.platform, holdsFor: (found.until - now()) * 1000 };
    },
    async keep(target, { name, holdsFor }) {
      await store.rememberPlatform({ target, platform: name, until: now() + holdsFor / 1000 }).catch(failed);
    },
  };
}
