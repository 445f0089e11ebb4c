import type { Changes } from "./changes.ts";
import type { JournalEntry } from "./journal.ts";

/** How often the controller refused something, by reason: a gateway must cause none, a naive proxy the expected ones. */
export class Rejections {
  readonly #counts = new Map<string, number>();
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Counts a refusal and, where it answers a request, notes the reason in the journal. */
  add(reason: string, entry?: JournalEntry): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (entry !== undefined) entry.rejection = reason;
    this.#changes.notify();
  }

  clear(): void {
    this.#counts.clear();
    this.#changes.notify();
  }
}
