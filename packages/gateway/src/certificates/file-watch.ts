import type { Log } from "../telemetry/log.ts";
import { stateOf } from "./files.ts";

const POLL_MS = 2_000;

export interface FileWatchOptions {
  readonly paths: readonly string[];
  /** Reads them anew; what it throws is logged and what is in force stays. */
  readonly read: () => Promise<void>;
  readonly log: Log;
  /** How often the files are looked at. */
  readonly pollMs?: number;
  /** As `stateOf` said before what is in force was read. Default: as they are at the first look. */
  readonly since?: string;
}

/** Reads files anew when they change. Polled: renewed links, swapped mounts and network file systems look all alike. */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #settled: string | undefined;
  #seen = "";
  #looking: Promise<void> | undefined;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#settled = options.since;
    this.#timer = setInterval(() => void this.#look(false), options.pollMs ?? POLL_MS).unref();
    void this.#look(false);
  }

  /** Reads them at once. Never rejects. */
  async reload(): Promise<void> {
    await this.#looking;
    await this.#look(true);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(now: boolean): Promise<void> {
    this.#looking ??= this.#check(now).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** A change counts once it has stood still for one look, so that all of the files are written. */
  async #check(now: boolean): Promise<void> {
    const { paths, read, log } = this.#options;
    const before = this.#seen;
    this.#seen = await stateOf(paths);
    this.#settled ??= this.#seen;
    const changed = this.#seen !== this.#settled && this.#seen === before;
    if (!changed && !now) return;
    this.#settled = this.#seen;
    try {
      await read();
    } catch (error) {
      log.error({ error, paths }, "changed files cannot be used, what they held before stays in force");
    }
  }
}
