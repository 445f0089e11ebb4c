// How much may be open at once. Pure: counts come in as arguments.
import { allow, type Claims, deny, type Result } from "@sallyport/shared";

export interface SessionUse {
  /** Sessions open in all. */
  readonly full: boolean;
  /** Sessions open with this token. */
  readonly withToken: number;
}

/** Whether one more session may be opened. */
export function takeSession(claims: Claims, use: SessionUse): Result<true> {
  if (use.full) return deny("sessions-full", "gateway");
  if (claims.max !== undefined && use.withToken >= claims.max) return deny("sessions-full", "max");
  return allow(true);
}
