export interface RateLimit {
  /** Tokens that a full bucket holds. */
  readonly capacity: number;
  /** One token comes back each so many milliseconds. */
  readonly fillMs: number;
}

interface Bucket {
  tokens: number;
  /** When its last token came back, in seconds. */
  filledAt: number;
}

/** A token bucket for each key: full at first, never fuller, refilled one token at a time (row J-09). */
export class TokenBuckets {
  readonly #capacity: number;
  /** Seconds. */
  readonly #fill: number;
  readonly #buckets = new Map<string, Bucket>();
  #sweptAt = 0;

  constructor({ capacity, fillMs }: RateLimit) {
    this.#capacity = capacity;
    this.#fill = fillMs / 1000;
  }

  /** Keys that are remembered: those whose bucket may not be full. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token at `now` (seconds); false, and nothing taken, where there is none. */
  take(key: string, now: number): boolean {
    this.#sweep(now);
    const bucket = this.#buckets.get(key) ?? { tokens: this.#capacity, filledAt: now };
    this.#refill(bucket, now);
    if (bucket.tokens === 0) return false;
    bucket.tokens--;
    this.#buckets.set(key, bucket);
    return true;
  }

  #refill(bucket: Bucket, now: number): void {
    // A clock that was set back must not stop the filling until it has caught up.
    if (now < bucket.filledAt) bucket.filledAt = now;
    const back = Math.floor((now - bucket.filledAt) / this.#fill);
    bucket.tokens = Math.min(this.#capacity, bucket.tokens + back);
    bucket.filledAt = bucket.tokens === this.#capacity ? now : bucket.filledAt + back * this.#fill;
  }

  /** A full bucket is the same as none. Looked at once in the time that an empty one takes to fill. */
  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < this.#fill * this.#capacity) return;
    this.#sweptAt = now;
    for (const [key, bucket] of this.#buckets) {
      this.#refill(bucket, now);
      if (bucket.tokens === this.#capacity) this.#buckets.delete(key);
    }
  }
}
