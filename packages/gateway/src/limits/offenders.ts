/** What an address may do wrong at once, and how long (s) until one of it is forgiven. */
const CAPACITY = 20;
const FORGIVEN_AFTER = 3;
/** Addresses that are remembered, in two generations: more forgets the oldest, and holds nobody longer. */
const GENERATION = 10_000;

interface Bucket {
  readonly level: number;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** How often client addresses showed credentials that are none: a leaking bucket each. */
export class Offenders {
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  /** Whether the address has done too much wrong lately. `now` in seconds since the epoch. */
  isHeld(address: string, now: number): boolean {
    return this.#level(address, now) >= CAPACITY;
  }

  /** Notes one more. */
  note(address: string, now: number): void {
    const level = Math.min(CAPACITY, this.#level(address, now)) + 1;
    if (this.#young.size >= GENERATION && !this.#young.has(address)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(address, { level, at: now });
  }

  #level(address: string, now: number): number {
    const bucket = this.#young.get(address) ?? this.#old.get(address);
    if (bucket === undefined) return 0;
    // A clock that was set back forgives nothing, and holds nobody for longer either.
    return Math.max(0, bucket.level - Math.max(0, now - bucket.at) / FORGIVEN_AFTER);
  }
}
