import type { Changes } from "./changes.ts";

/** One of few places, taken until it is given back. */
export interface Slot {
  free(): void;
  /** The one who had it went without giving it back: it stays taken. */
  lose(): void;
}

/** Places of which a controller has few, such as consoles. What nobody gives back is gone until it restarts. */
export class Slots {
  readonly #limit: number;
  readonly #changes: Changes;
  #taken = 0;
  #lost = 0;

  constructor(limit: number, changes: Changes) {
    this.#limit = limit;
    this.#changes = changes;
  }

  /** How many are taken, lost ones included. */
  get size(): number {
    return this.#taken;
  }

  get lost(): number {
    return this.#lost;
  }

  /** A slot, or undefined where none is left. Only the first of `free` and `lose` counts. */
  take(): Slot | undefined {
    if (this.#taken >= this.#limit) return undefined;
    this.#taken += 1;
    let open = true;
    const close = (taken: number, lost: number) => {
      if (!open) return;
      open = false;
      this.#taken += taken;
      this.#lost += lost;
      this.#changes.notify();
    };
    return { free: () => close(-1, 0), lose: () => close(0, 1) };
  }
}
