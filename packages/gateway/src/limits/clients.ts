import { allow, deny, type Result } from "@sallyport/shared";
import { type RateLimit, TokenBuckets } from "./token-buckets.ts";

export interface ClientLimitOptions {
  /** New connections of one client over time. */
  readonly rate: RateLimit | undefined;
  /** Connections of one client at once (row J-10). */
  readonly maxConcurrent: number | undefined;
}

/** What each client of one listener uses of its limits. A client is a user, with whatever certificates. */
export class ClientLimits {
  readonly #buckets: TokenBuckets | undefined;
  readonly #maxConcurrent: number;
  readonly #open = new Map<string, number>();

  constructor({ rate, maxConcurrent }: ClientLimitOptions) {
    this.#buckets = rate && new TokenBuckets(rate);
    this.#maxConcurrent = maxConcurrent ?? Number.POSITIVE_INFINITY;
  }

  openOf(user: string): number {
    return this.#open.get(user) ?? 0;
  }

  /** Takes one connection at `now` (seconds), or nothing at all where either limit is reached. Returns its release. */
  take(user: string, now: number): Result<() => void> {
    const open = this.openOf(user);
    if (open >= this.#maxConcurrent) return deny("client-full", `${open} open`);
    if (this.#buckets?.take(user, now) === false) return deny("rate-limited");
    this.#open.set(user, open + 1);
    let released = false;
    return allow(() => {
      if (!released) this.#release(user);
      released = true;
    });
  }

  #release(user: string): void {
    const left = this.openOf(user) - 1;
    if (left > 0) this.#open.set(user, left);
    else this.#open.delete(user);
  }
}
