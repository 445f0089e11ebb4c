import { createHash } from "node:crypto";

/**
 * `ended`: a session that its own customer ended. `all`: everything issued before an instant. `renewal` revokes nothing:
 * it tells other processes of a fresh token, in order with what may revoke it.
 */
export const REVOCATION_KINDS = ["token", "jti", "principal", "target", "session", "ended", "all", "renewal"] as const;
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

export interface Revocation {
  /** By what it is compared: {@link revocationKey}. A second one of the same key takes the first one's place. */
  readonly key: string;
  readonly kind: RevocationKind;
  /** What was revoked, for people. Absent where it was written back by a gateway, which holds keys only. */
  readonly value?: string | undefined;
  /** Only what was issued before this instant (seconds) is out. Absent: whenever it was issued. */
  readonly before?: number | undefined;
  /** From when on (seconds) it may be forgotten. Absent: never. */
  readonly until?: number | undefined;
  /** When it was made, in seconds. */
  readonly at: number;
  /** Why, or by whom. */
  readonly note?: string | undefined;
}

export interface RevocationPage {
  readonly revocations: readonly Revocation[];
  /** Of the last one: from where to go on reading. */
  readonly cursor: number;
}

export interface RevocationStore {
  /** Durable in this order once it settles. */
  revoke(revocations: readonly Revocation[]): Promise<void>;
  /** Those written after `cursor` (0: all), in order, at most `limit`. */
  revocationsAfter(cursor: number, limit: number): Promise<RevocationPage>;
}

const KEY_BYTES = 16;

/** 128 bits of SHA-256 over kind and value, base64url: two different things never meet in one. */
export function revocationKey(kind: RevocationKind, value: string): string {
  return createHash("sha256").update(`${kind}\0${value}`).digest().subarray(0, KEY_BYTES).toString("base64url");
}
