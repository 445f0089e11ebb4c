import { FileWatch } from "../certificates/file-watch.ts";
import { findChanges, takeUp } from "../config/changes.ts";
import type { Configuration } from "../config/configuration.ts";
import { formatFault } from "../config/fault.ts";
import { allSettings, type Loaded } from "../config/load.ts";
import type { Log } from "../telemetry/log.ts";

export interface SettingsOptions {
  readonly configuration: Configuration;
  /** Paths of the files that it came from. */
  readonly files: readonly string[];
  /** Reads everything anew. */
  readonly load: () => Promise<Loaded>;
  readonly log: Log;
  /** How often the files are looked at. */
  readonly pollMs?: number;
}

/** The settings in force, kept current while the gateway runs. */
export class Settings {
  readonly #options: SettingsOptions;
  #current: Configuration;
  #files: readonly string[];
  #watch: FileWatch | undefined;

  constructor(options: SettingsOptions) {
    this.#options = options;
    this.#current = options.configuration;
    this.#files = options.files;
  }

  get current(): Configuration {
    return this.#current;
  }

  /** Reads the files at once, as on SIGHUP. Never rejects: faults are logged, and what is in force stays. */
  async reload(): Promise<void> {
    await this.#watch?.reload();
  }

  /** Calls `onChange` after each time that the files were read and good, until stopped. */
  watch(onChange: (configuration: Configuration) => void): { stop(): void } {
    const { log, pollMs } = this.#options;
    const files = () => this.#files;
    const watch = new FileWatch({
      get paths() {
        return files();
      },
      read: () => this.#read(onChange),
      log,
      ...(pollMs === undefined ? {} : { pollMs }),
    });
    this.#watch = watch;
    return watch;
  }

  /** All or nothing: one fault, and nothing of what is new is taken up. */
  async #read(onChange: (configuration: Configuration) => void): Promise<void> {
    const { load, log } = this.#options;
    const loaded = await load();
    const { files } = loaded;
    for (const warning of loaded.warnings) log.warn({ files }, formatFault(warning));
    if ("faults" in loaded) {
      // What is not in this list for a fault's sake is still watched.
      this.#files = [...new Set([...this.#files, ...files])];
      const faults = loaded.faults.map(formatFault);
      log.error({ faults, files }, "the settings that were read anew are refused as a whole: those in force stay");
      return;
    }
    this.#files = files;
    this.#tell(loaded.configuration);
    this.#current = takeUp(this.#current, loaded.configuration);
    onChange(this.#current);
  }

  #tell(fresh: Configuration): void {
    const { log } = this.#options;
    const { taken, atStart } = findChanges(this.#current, fresh, allSettings());
    log.info({ changed: taken, files: this.#files }, "settings read anew");
    if (atStart.length > 0) log.warn({ settings: atStart }, `needs a restart: ${atStart.join(", ")}`);
  }
}
