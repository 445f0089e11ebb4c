import { randomInt } from "node:crypto";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** What bmcweb keeps with a session. */
export interface BmcAttributes {
  /** Also the cookie XSRF-TOKEN and the WebSocket sub-protocol. */
  readonly csrf: string;
  /** Once a session has been used by cookie, its WebSockets need the sub-protocol. */
  cookieAuth: boolean;
}

export type BmcSession = ControllerSession<BmcAttributes>;
export type BmcSessions = Sessions<BmcAttributes>;

/** Who may log in. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/** A request, as far as it matters for who sends it. */
export interface Presented {
  readonly method: string;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
}

/** The one who asks: with a session, or with Basic credentials that open none. Or why nobody. */
export type Authentication =
  | { readonly session: BmcSession | undefined; readonly user: string }
  | { readonly refused: "unauthenticated" | "csrf" };

const SESSION_COOKIE = "BMCWEB-SESSION";
const TOKEN_LENGTH = 20;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** In bmcweb's order: X-Auth-Token, cookie, `Authorization: Token`, `Authorization: Basic`; the first that holds counts. */
export function authenticate(presented: Presented, sessions: BmcSessions, account: Account): Authentication {
  const byHeader = sessions.use(presented.header("X-Auth-Token") ?? "");
  if (byHeader !== undefined) return { session: byHeader, user: byHeader.user };
  const byCookie = useCookie(presented, sessions);
  if (byCookie?.csrf === true) return { session: byCookie.session, user: byCookie.session.user };
  const authorization = presented.header("Authorization") ?? "";
  const byToken = sessions.use(authorization.startsWith("Token ") ? authorization.slice(6) : "");
  if (byToken !== undefined) return { session: byToken, user: byToken.user };
  if (authorization === basic(account)) return { session: undefined, user: account.user };
  return { refused: byCookie === undefined ? "unauthenticated" : "csrf" };
}

/** A new session with random tokens, or undefined when the table is full. */
export function openSession(sessions: BmcSessions, user: string): BmcSession | undefined {
  return sessions.open(user, randomToken(), { csrf: randomToken(), cookieAuth: false });
}

/** The two cookies of a log-in; the page reads the first one. */
export function sessionCookies(session: BmcSession): string[] {
  return [
    `XSRF-TOKEN=${session.attributes.csrf}; Path=/; SameSite=Strict; Secure`,
    `${SESSION_COOKIE}=${session.token}; Path=/; SameSite=Strict; Secure; HttpOnly`,
  ];
}

/** What a log-out sets. */
export const clearedCookie = `${SESSION_COOKIE}=; Path=/; SameSite=Strict; Secure; HttpOnly; expires=Thu, 01 Jan 1970 00:00:00 GMT`;

function useCookie(presented: Presented, sessions: BmcSessions): { session: BmcSession; csrf: boolean } | undefined {
  const session = sessions.use(presented.cookie(SESSION_COOKIE) ?? "");
  if (session === undefined) return undefined;
  session.attributes.cookieAuth = true;
  // GET only: HEAD needs the header too.
  const csrf = presented.method === "GET" || presented.header("X-XSRF-TOKEN") === session.attributes.csrf;
  return { session, csrf };
}

function basic(account: Account): string {
  return `Basic ${Buffer.from(`${account.user}:${account.password}`).toString("base64")}`;
}

function randomToken(): string {
  return Array.from({ length: TOKEN_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
