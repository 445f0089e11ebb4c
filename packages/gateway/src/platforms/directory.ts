import type { Target } from "@sallyport/shared";
import { familyByNetwork, type NetworkFamily } from "./by-network.ts";
import { detectPlatform, type Probe } from "./detect.ts";
import type { Evidence } from "./evidence.ts";
import { platformNamed } from "./families.ts";
import { generic } from "./generic.ts";
import type { Platform } from "./platform.ts";

export interface DirectorySettings {
  /** Which networks have controllers of which family; the narrowest that fits holds. */
  readonly platforms: readonly NetworkFamily[];
  /** Whether controllers of which nothing is said are asked. */
  readonly detect: boolean;
}

export interface DirectoryOptions {
  /** As they stand now. */
  readonly settings: () => DirectorySettings;
  /** Milliseconds on a clock that never goes back. */
  readonly clock: () => number;
  /** Told of each controller whose family showed. */
  readonly onDetected: (target: Target, platform: Platform) => void;
  /** What other processes, and earlier ones, found out; absent: nobody shares. */
  readonly memory?: PlatformMemory;
}

/** Where families that showed are kept beyond this process. Neither method rejects: a controller can always be asked. */
export interface PlatformMemory {
  /** `target` as {@link keyOf} writes it. */
  recall(target: string): Promise<Recalled | undefined>;
  keep(target: string, recalled: Recalled): Promise<void>;
}

export interface Recalled {
  readonly name: string;
  /** Milliseconds from now. */
  readonly holdsFor: number;
}

/** For so long (ms) what was found out holds: another machine can come to stand at an address. */
const REMEMBERED_FOR = 3_600_000;
/** For so long (ms) a controller that answers like no family that is known is not asked again: it may just be starting. */
const UNKNOWN_FOR = 600_000;
/** For so long (ms) a controller that could not be asked is not asked again. */
const PAUSE = 30_000;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly platform: Platform;
  readonly until: number;
}

function holdsFor(platform: Platform, evidence: Evidence): number {
  if (platform !== generic) return REMEMBERED_FOR;
  return evidence.size > 0 ? UNKNOWN_FOR : PAUSE;
}

/** Knows which platform's rules hold for a target: as the token says, else a setting, else as the controller shows. */
export class PlatformDirectory {
  readonly #options: DirectoryOptions;
  readonly #remembered = new Map<string, Remembered>();
  readonly #asking = new Map<string, Promise<Platform>>();

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** The platform, where nobody has to be asked for it. `claimed`: the token's claim. */
  known(target: Target, claimed: string | undefined): Platform | undefined {
    const named = claimed === undefined ? undefined : platformNamed(claimed);
    if (named) return named;
    const set = this.#bySetting(target.address);
    if (set) return set;
    if (!this.#options.settings().detect) return generic;
    const found = this.#remembered.get(keyOf(target));
    return found && found.until > this.#options.clock() ? found.platform : undefined;
  }

  /** Asks the controller, for all that wait for it at once. Never rejects: who cannot be asked is `generic` for now. */
  detect(target: Target, probe: Probe): Promise<Platform> {
    const key = keyOf(target);
    const asking = this.#asking.get(key) ?? this.#ask(target, probe).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  #bySetting(address: string): Platform | undefined {
    const name = familyByNetwork(this.#options.settings().platforms, address);
    return name === undefined ? undefined : platformNamed(name);
  }

  async #ask(target: Target, probe: Probe): Promise<Platform> {
    return (await this.#recall(target)) ?? (await this.#probe(target, probe));
  }

  async #recall(target: Target): Promise<Platform | undefined> {
    const { clock, memory } = this.#options;
    const recalled = await memory?.recall(keyOf(target));
    const platform = recalled && platformNamed(recalled.name);
    if (!recalled || !platform) return undefined;
    // No longer than if it was found out now, whatever clock wrote it.
    this.#remember(target, { platform, until: clock() + Math.min(recalled.holdsFor, REMEMBERED_FOR) });
    return platform;
  }

  async #probe(target: Target, probe: Probe): Promise<Platform> {
    const { clock } = this.#options;
    try {
      const { platform, evidence } = await detectPlatform(probe);
      this.#remember(target, { platform, until: clock() + holdsFor(platform, evidence) });
      if (platform !== generic) this.#tell(target, platform);
      return platform;
    } catch {
      // What made it fail shows in the request that asks: that goes to the same controller next, and reports it.
      this.#remember(target, { platform: generic, until: clock() + PAUSE });
      return generic;
    }
  }

  /** Nobody waits for the others to know. */
  #tell(target: Target, platform: Platform): void {
    const { memory, onDetected } = this.#options;
    onDetected(target, platform);
    void memory?.keep(keyOf(target), { name: platform.name, holdsFor: REMEMBERED_FOR });
  }

  #remember(target: Target, found: Remembered): void {
    const key = keyOf(target);
    this.#remembered.delete(key);
    const [oldest] = this.#remembered.size >= MAX_REMEMBERED ? this.#remembered.keys() : [];
    if (oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(key, found);
  }
}

function keyOf({ address, port, scheme }: Target): string {
  return `${scheme} ${address} ${port}`;
}
