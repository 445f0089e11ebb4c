import type { Fault } from "./fault.ts";
import type { Sources } from "./sources.ts";

/** Where the stages of loading put what they find. */
export class Report {
  readonly faults: Fault[] = [];
  /** Every file that was read, or should have been. */
  readonly files: string[] = [];
  readonly #warnings: Fault[];
  readonly #sources: Sources;

  constructor(sources: Sources, warnings: Fault[]) {
    this.#sources = sources;
    this.#warnings = warnings;
  }

  fault(keys: readonly string[], message: string): void {
    this.faults.push(this.#sources.fault(keys, message));
  }

  warn(keys: readonly string[], message: string): void {
    this.#warnings.push(this.#sources.fault(keys, message));
  }
}
