import { BROWSER_ID_COOKIE, isOwnCookie, readCookies } from "@sallyport/shared";

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

/**
 * Takes from the browser what a controller left under this host. Cookies of a parent domain, such as the provider's
 * portal's, are another cookie of the same name to a browser and stay. `own`: the session cookie's name.
 */
export function clearController(headers: Headers, request: Request, own: string): void {
  headers.set("clear-site-data", CLEARED);
  const names = readCookies(request.headers.get("cookie") ?? undefined).map(({ name }) => name);
  const foreign = names.filter((name) => NAME.test(name) && !isOwnCookie(name, own));
  for (const name of new Set(foreign)) headers.append("set-cookie", `${name}=; Path=/; Secure; Max-Age=0`);
}
