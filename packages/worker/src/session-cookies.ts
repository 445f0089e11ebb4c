import { BROWSER_ID_COOKIE, type Cookie, isOwnCookie } from "@sallyport/shared";

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

export interface SessionCookie {
  /** The session cookie's name. */
  readonly name: string;
  readonly token: string;
  readonly sessionId: string;
  /** Seconds until the token expires. */
  readonly remaining: number;
}

/** Set-Cookie values of a session: the token, and the id that stays over renewals. */
export function setSession({ name, token, sessionId, remaining }: SessionCookie): readonly string[] {
  const age = Math.max(0, Math.floor(remaining));
  return [
    `${name}=${token}; ${ATTRIBUTES}; Max-Age=${age}`,
    `${BROWSER_ID_COOKIE}=${sessionId}; ${ATTRIBUTES}; Max-Age=${age}`,
  ];
}

export function clearSession(name: string): readonly string[] {
  return setSession({ name, token: "", sessionId: "", remaining: 0 });
}

/**
 * Takes an earlier controller's cookies from this host. Those of a parent domain, such as the provider's portal's, are
 * another cookie of the same name to a browser and stay.
 */
export function expireOthers(cookies: readonly Cookie[], own: string): readonly string[] {
  const names = new Set(cookies.map(({ name }) => name).filter((name) => NAME.test(name) && !isOwnCookie(name, own)));
  return [...names].map((name) => `${name}=; Path=/; Secure; Max-Age=0`);
}
