/** Keys that are remembered, in two generations: more forgets the oldest, and holds nobody longer. */
const GENERATION = 10_000;

interface Bucket {
  readonly level: number;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** How much each of many keys did lately: buckets that leak, in memory that is bounded whoever fills them. */
export class LeakyBuckets {
  readonly #generation: number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  constructor(generation = GENERATION) {
    this.#generation = generation;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What a key's bucket holds at `now` (seconds), where one of it leaks in each `leak` seconds. */
  level(key: string, now: number, leak: number): number {
    const bucket = this.#young.get(key) ?? this.#old.get(key);
    if (bucket === undefined) return 0;
    // A clock that was set back lets nothing leak, and holds nobody for longer either.
    return Math.max(0, bucket.level - Math.max(0, now - bucket.at) / leak);
  }

  set(key: string, level: number, now: number): void {
    if (this.#young.size >= this.#generation && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, { level, at: now });
  }
}
