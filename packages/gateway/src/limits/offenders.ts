import { clientKey } from "./client-key.ts";
import { LeakyBuckets } from "./leaky-buckets.ts";

/** What a client may do wrong at once, and how long (s) until one of it is forgiven. */
const CAPACITY = 20;
const FORGIVEN_AFTER = 3;

/** How often clients showed credentials that are none. */
export class Offenders {
  readonly #buckets = new LeakyBuckets();

  /** Whether the address has done too much wrong lately. `now` in seconds since the epoch. */
  isHeld(address: string, now: number): boolean {
    return this.#level(address, now) >= CAPACITY;
  }

  /** Notes one more. */
  note(address: string, now: number): void {
    this.#buckets.set(clientKey(address), Math.min(CAPACITY, this.#level(address, now)) + 1, now);
  }

  #level(address: string, now: number): number {
    return this.#buckets.level(clientKey(address), now, FORGIVEN_AFTER);
  }
}
