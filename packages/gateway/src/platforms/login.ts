import type { HeaderPairs } from "./headers.ts";

/** The newest values of what a log-in consists of, as they passed. */
export interface HeldLogin {
  /** Of a cookie. */
  cookie(name: string): string | undefined;
  /** Of a request's or an answer's header, its name in lower case. */
  header(name: string): string | undefined;
}

/** A request of our own that ends a controller's session. */
export interface LogOut {
  readonly method: "POST" | "DELETE" | "GET";
  readonly path: string;
  readonly cookies: string;
  readonly headers: HeaderPairs;
  readonly body?: string;
}

/** What has to be known of a log-in to give it back. The customer's password is never part of it. */
export interface Login {
  readonly cookies: readonly string[];
  /** In lower case. */
  readonly headers: readonly string[];
  /** The request that ends the controller's session, where what is held suffices. */
  logOut(held: HeldLogin): LogOut | undefined;
}

/** `name=value` pairs of the cookies that are held, as a Cookie header's value. */
export function heldCookies(held: HeldLogin, names: readonly string[]): string {
  return names
    .map((name) => [name, held.cookie(name)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
}

/** A log-out that the log-in's cookie proves, and a token where there is one. */
export interface LogOutRule {
  readonly cookie: string;
  /** The header that carries the token, as it is written; `required`: without it the controller refuses. */
  readonly token?: { readonly header: string; readonly required: boolean };
  readonly method: LogOut["method"];
  readonly path: string;
}

/** What most families' log-ins consist of, and how they are given back. */
export function cookieLogin({ cookie, token, method, path }: LogOutRule): Login {
  const header = token?.header.toLowerCase();
  return {
    cookies: [cookie],
    headers: header === undefined ? [] : [header],
    logOut(held) {
      const proof = header === undefined ? undefined : held.header(header);
      if (held.cookie(cookie) === undefined || (token?.required && proof === undefined)) return undefined;
      const headers = token === undefined || proof === undefined ? [] : [token.header, proof];
      return { method, path, cookies: heldCookies(held, [cookie]), headers };
    },
  };
}
