import { createHash, timingSafeEqual } from "node:crypto";
import type { AdminDenial } from "../ledger/admin-ledger.ts";

/** Whether a caller may use the API: as the holder of which token, or why not. */
export type Authorization =
  | { readonly ok: true; readonly token: string }
  | {
      readonly ok: false;
      readonly status: 401 | 403;
      readonly reason: AdminDenial["reason"];
      readonly error: string;
    };

const NAME_LENGTH = 16;

/** Checks `Authorization: Bearer <one of the tokens>` (RFC 6750, 2.1) in a time that tells nothing about them. */
export function authorize(header: string | undefined, tokens: readonly string[]): Authorization {
  const no = (status: 401 | 403, reason: AdminDenial["reason"], error: string) =>
    ({ ok: false, status, reason, error }) as const;
  if (tokens.length === 0) return no(403, "admin-off", "the admin API is off: set ADMIN_TOKEN at the gateway");
  const [, shown] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
  if (shown === undefined) return no(401, "token-missing", "send Authorization: Bearer with the ADMIN_TOKEN");
  const digest = digestOf(shown);
  const same = tokens.map((token) => timingSafeEqual(digestOf(token), digest));
  if (!same.includes(true)) return no(401, "token-wrong", "this is not the ADMIN_TOKEN");
  return { ok: true, token: digest.toString("base64url").slice(0, NAME_LENGTH) };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
