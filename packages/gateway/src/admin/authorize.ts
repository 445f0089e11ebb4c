import { createHash, timingSafeEqual } from "node:crypto";

/** Why a caller may not use the API; undefined where it may. */
export interface Unauthorized {
  readonly status: 401 | 403;
  readonly error: string;
}

/** Checks `Authorization: Bearer <one of the tokens>` (RFC 6750, 2.1) in a time that tells nothing about them. */
export function authorize(header: string | undefined, tokens: readonly string[]): Unauthorized | undefined {
  if (tokens.length === 0) return { status: 403, error: "the admin API is off: set ADMIN_TOKEN at the gateway" };
  const [, shown] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
  if (shown === undefined) return { status: 401, error: "send Authorization: Bearer with the ADMIN_TOKEN" };
  const same = tokens.map((token) => timingSafeEqual(digest(token), digest(shown)));
  return same.includes(true) ? undefined : { status: 401, error: "this is not the ADMIN_TOKEN" };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
