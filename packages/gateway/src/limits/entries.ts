import { allow, deny, type Result } from "@sallyport/shared";
import { clientKey } from "./client-key.ts";
import { LeakyBuckets } from "./leaky-buckets.ts";

/** What a client comes in by. A link that works once is used up first, and its session opened after that. */
export type EntryKind = "link" | "session";

const MINUTE = 60;

/** How often clients came in lately, by each kind for itself. */
export class EntryLimit {
  readonly #buckets = new LeakyBuckets();
  readonly #perMinute: () => number;

  /** `perMinute`: of one client, all of them at once if it likes; 0: any number. Read anew at each entry. */
  constructor(perMinute: () => number) {
    this.#perMinute = perMinute;
  }

  /** Takes one entry of a client at `now` (seconds). An address that nobody vouches for is not counted. */
  take(kind: EntryKind, address: string | undefined, now: number): Result<true> {
    const perMinute = this.#perMinute();
    if (!address || perMinute === 0) return allow(true);
    const key = `${kind} ${clientKey(address)}`;
    const level = this.#buckets.level(key, now, MINUTE / perMinute);
    if (level + 1 > perMinute) return deny("entries-limited", kind);
    this.#buckets.set(key, level + 1, now);
    return allow(true);
  }
}
