import { allow, deny, type Result } from "@sallyport/shared";
import type { UseEverywhere } from "../identity/edge.ts";
import type { Store } from "../store/store.ts";

/** How long the store may take over a nonce, in milliseconds: somebody's click waits for it. */
const PATIENCE = 1_000;
/** For how long (s) one that failed is not asked again. */
const PAUSE = 1;

export interface NonceDeskParts {
  readonly store: Pick<Store, "consume">;
  /** What it means that the store cannot be asked. Each process still knows what it saw itself. */
  readonly onStoreFailure: "allow" | "deny";
  readonly onUnchecked: (error: unknown) => void;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
}

/** Uses the edge's nonces up for every process and gateway on one store, and over their restarts. */
export function createNonceDesk({ store, onStoreFailure, onUnchecked, now }: NonceDeskParts): UseEverywhere {
  let failedAt = Number.NEGATIVE_INFINITY;
  const unchecked = (): Result<true> =>
    onStoreFailure === "allow" ? allow(true) : deny("store-unavailable", "edge statement");
  return async (nonce, until) => {
    if (Math.abs(now() - failedAt) < PAUSE) return unchecked();
    try {
      // Beside the names of links, which are the portal's to choose: a NUL makes it none of them.
      const used = await inTime(store.consume({ jti: `edge\u0000${nonce}`, until }));
      return used ? allow(true) : deny("edge-replayed");
    } catch (error) {
      failedAt = now();
      onUnchecked(error);
      return unchecked();
    }
  };
}

async function inTime<Value>(asked: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the store took longer than ${PATIENCE} ms`)), PATIENCE);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
