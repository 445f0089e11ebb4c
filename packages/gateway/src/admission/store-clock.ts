import type { ClockStore } from "../store/clock.ts";

export interface StoreClockOptions {
  readonly store: ClockStore;
  /** This machine's clock, in seconds. */
  readonly now: () => number;
  /** Told by how much (seconds) this clock is ahead of the store's once that is too much, and (undefined) when it is not. */
  readonly onSkew: (ahead: number | undefined) => void;
}

/** Clocks that differ by less (seconds) differ by less than a session may end too late. */
const SKEW = 2;

/** What the store's clock shows, as far as it was asked. */
export class StoreClock {
  readonly #options: StoreClockOptions;
  #ahead = 0;
  #skewed = false;

  constructor(options: StoreClockOptions) {
    this.#options = options;
  }

  /** Asks it. Rejects where the store is away. */
  async ask(): Promise<number> {
    const { store, now } = this.#options;
    const asked = now();
    const time = await store.time();
    const answered = now();
    this.#ahead = (asked + answered) / 2 - time;
    this.#judge((answered - asked) / 2);
    return time;
  }

  /** What it showed at an instant of this machine's. */
  at(instant: number): number {
    return instant - this.#ahead;
  }

  /** An answer that took long says little. */
  #judge(unsure: number): void {
    const skewed = Math.abs(this.#ahead) - unsure > SKEW;
    if (skewed !== this.#skewed) this.#options.onSkew(skewed ? Math.round(this.#ahead) : undefined);
    this.#skewed = skewed;
  }
}
