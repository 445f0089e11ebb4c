import { randomBytes } from "node:crypto";
import type { Exchange } from "../core/exchange.ts";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** What goes with a log-in. */
export interface IdracAttributes {
  /** Query parameter of console, upload and image URLs. */
  readonly st1: string;
  /** Request header `ST2` of everything under /data and /sysmgmt. */
  readonly st2: string;
}

export type IdracSession = ControllerSession<IdracAttributes>;
export type IdracSessions = Sessions<IdracAttributes>;

/** The name begins with a dash, which some cookie libraries take for an error and drop. */
export const COOKIE = "-http-session-";

export function newAttributes(): IdracAttributes {
  return { st1: randomBytes(16).toString("hex"), st2: randomBytes(16).toString("hex") };
}

export function newToken(): string {
  return `::http.session::${randomBytes(16).toString("hex")}`;
}

export function cookieSession(exchange: Exchange, sessions: IdracSessions): IdracSession | undefined {
  return sessions.use(exchange.cookie(COOKIE) ?? "");
}

/** For /data: the session, or undefined where a refusal has been answered. */
export function apiSession(exchange: Exchange, sessions: IdracSessions): IdracSession | undefined {
  const session = cookieSession(exchange, sessions);
  if (session === undefined) {
    exchange.refuse(401, "unauthenticated");
  } else if (exchange.header("ST2") !== session.attributes.st2) {
    exchange.refuse(401, "st2");
  } else {
    return session;
  }
  return undefined;
}

/** For pages: the session, or undefined where the browser has been sent to `instead`. */
export function pageSession(
  exchange: Exchange,
  sessions: IdracSessions,
  instead = "/start.html",
): IdracSession | undefined {
  const session = cookieSession(exchange, sessions);
  if (session === undefined) redirect(exchange, instead, "unauthenticated");
  return session;
}

/** For console pages and screenshots: the session, or undefined where it or its ST1 is missing. */
export function consoleSession(exchange: Exchange, sessions: IdracSessions): IdracSession | undefined {
  const session = pageSession(exchange, sessions, "/login.html?console");
  if (session === undefined) return undefined;
  if (exchange.query("ST1") === session.attributes.st1) return session;
  redirect(exchange, "/login.html?console", "st1");
  return undefined;
}

/** The firmware makes its redirections absolute, from the Host that it was asked for, and calls them gzip. */
export function redirect(exchange: Exchange, path: string, reason?: string): void {
  const headers = {
    "Content-Type": "application/x-gzip",
    Location: `https://${exchange.header("Host") ?? ""}${path}`,
  };
  if (reason === undefined) exchange.send(302, headers);
  else exchange.refuse(302, reason, headers);
}
