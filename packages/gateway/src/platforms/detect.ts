import type { Evidence, ProbeAnswer } from "./evidence.ts";
import { families } from "./families.ts";
import { generic } from "./generic.ts";
import type { Platform } from "./platform.ts";

/** Asks a controller for a path without any log-in; undefined where it gives no answer that can be read. */
export type Probe = (path: string) => Promise<ProbeAnswer | undefined>;

export interface Detection {
  /** `generic` where no family was recognised. */
  readonly platform: Platform;
  readonly evidence: Evidence;
}

/** The families that are known by something they say; the last one is known by saying nothing of the kind. */
const TELLING = families.slice(0, -1);

/**
 * Finds out of which family a controller is, by as few questions as possible, one after the other: some controllers
 * bear no more. Rejects with whatever `probe` rejects with.
 */
export async function detectPlatform(probe: Probe): Promise<Detection> {
  const evidence = new Map<string, ProbeAnswer>();
  const paths = new Set(families.flatMap(({ probes }) => probes));
  for (const path of paths) {
    const answer = await probe(path);
    if (answer === undefined) continue;
    evidence.set(path, answer);
    const platform = TELLING.find((family) => family.recognise(evidence));
    if (platform) return { platform, evidence };
  }
  return { platform: families.find((family) => family.recognise(evidence)) ?? generic, evidence };
}
