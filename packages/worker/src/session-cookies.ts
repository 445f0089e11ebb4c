import { BROWSER_ID_COOKIE, BROWSER_OLD_COOKIE, isOwnCookie, markCookies, readCookies } from "@sallyport/shared";

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
/** Bytes of name and value together, beyond which browsers keep a cookie not at all (RFC 6265bis, 5.6). */
const MAX_COOKIE = 4096;

export interface SessionCookie {
  /** The session cookie's name. */
  readonly name: string;
  readonly token: string;
  readonly sessionId: string;
  /** Seconds until the token expires. */
  readonly remaining: number;
}

/** Whether browsers will keep the token. */
export function fitsCookie(name: string, token: string): boolean {
  return name.length + token.length <= MAX_COOKIE;
}

/** Sets a session's cookies: the token, and the id that stays over renewals. */
export function setSession(headers: Headers, { name, token, sessionId, remaining }: SessionCookie): void {
  const age = Math.max(0, Math.floor(remaining));
  headers.append("set-cookie", `${name}=${token}; ${ATTRIBUTES}; Max-Age=${age}`);
  headers.append("set-cookie", `${BROWSER_ID_COOKIE}=${sessionId}; ${ATTRIBUTES}; Max-Age=${age}`);
}

export function clearSession(headers: Headers, name: string): void {
  setSession(headers, { name, token: "", sessionId: "", remaining: 0 });
}

/** Never "cookies": that empties the whole registrable domain, the provider's portal included. */
const CLEARED = '"cache", "storage"';

/** As long as browsers keep any cookie (RFC 6265bis, 5.5): a session that is entered anew lives on with it. */
const OLD_AGE = 34_560_000;

/**
 * Takes from the browser what a controller left under this host. Cookies of a parent domain, such as the provider's
 * portal's, are another cookie of the same name to a browser and stay: they are marked, so that no controller is shown
 * them (see `Entrance`). `own`: the session cookie's name.
 */
export function clearController(headers: Headers, request: Request, own: string): void {
  headers.set("clear-site-data", CLEARED);
  const cookies = readCookies(request.headers.get("cookie") ?? undefined);
  const foreign = cookies.filter(({ name }) => !isOwnCookie(name, own));
  const names = foreign.map(({ name }) => name).filter((name) => NAME.test(name));
  for (const name of new Set(names)) headers.append("set-cookie", `${name}=; Path=/; Secure; Max-Age=0`);
  const marks = markCookies(foreign);
  if (marks === "" && !cookies.some(({ name }) => name === BROWSER_OLD_COOKIE)) return;
  const age = marks === "" ? 0 : OLD_AGE;
  headers.append("set-cookie", `${BROWSER_OLD_COOKIE}=${marks}; ${ATTRIBUTES}; Max-Age=${age}`);
}
