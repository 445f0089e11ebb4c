// How much may be open at once. Pure: counts come in as arguments.
import { allow, type Claims, deny, type Result } from "@sallyport/shared";

export interface SessionUse {
  /** Sessions open in all. */
  readonly full: boolean;
  /** Sessions open with this token. */
  readonly withToken: number;
}

/** Where a token names no limit of its own: one browser has one session, and no single link may fill the gateway. */
const MAX_WITH_TOKEN = 32;

/**
 * Connections and exchanges of one session at once: a page with consoles, media and a hundred files has fewer, and all
 * sessions of one link together stay below what a gateway bears.
 */
export const MAX_LIVE = 128;

/** Where many come at once before the first of them is counted, the rest is ended from here on. */
export const MAX_LIVE_AT_ONCE = 2 * MAX_LIVE;

/** Whether a session that runs may have one more connection or exchange. */
export function takeLive(live: number): Result<true> {
  return live < MAX_LIVE ? allow(true) : deny("connections-full", "session");
}

/** Whether one more session may be opened. */
export function takeSession(claims: Claims, use: SessionUse): Result<true> {
  if (use.full) return deny("sessions-full", "gateway");
  if (use.withToken >= (claims.max ?? MAX_WITH_TOKEN)) return deny("sessions-full", "max");
  return allow(true);
}
