import { randomBytes } from "node:crypto";
import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** What goes with a log-in. */
export interface IdracAttributes {
  /** 32 hex digits: the header XSRF-TOKEN of every request after the log-in. Redfish takes it as X-Auth-Token. */
  readonly xsrf: string;
}

export type IdracSession = ControllerSession<IdracAttributes>;
export type IdracSessions = Sessions<IdracAttributes>;

const SESSION = "/sysmgmt/2015/bmc/session";
const COOKIE = "-http-session-";

export function newAttributes(): IdracAttributes {
  return { xsrf: randomBytes(16).toString("hex") };
}

/** Log-in and log-out of the web page. */
export function sessionRoutes(sessions: IdracSessions, account: Account): Route[] {
  return [
    { method: "POST", path: SESSION, handle: (exchange) => logIn(exchange, sessions, account) },
    { method: "DELETE", path: SESSION, handle: (exchange) => logOut(exchange, sessions) },
  ];
}

export function cookieSession(asked: Pick<Exchange, "cookie">, sessions: IdracSessions): IdracSession | undefined {
  return sessions.use(asked.cookie(COOKIE) ?? "");
}

/** For /sysmgmt: the session by cookie and XSRF-TOKEN; undefined where a refusal has been answered. */
export function apiSession(exchange: Exchange, sessions: IdracSessions): IdracSession | undefined {
  const session = cookieSession(exchange, sessions);
  if (session === undefined) {
    exchange.refuse(401, "unauthenticated");
  } else if (exchange.header("XSRF-TOKEN") !== session.attributes.xsrf) {
    exchange.refuse(401, "csrf");
  } else {
    return session;
  }
  return undefined;
}

/** For /redfish: the session by X-Auth-Token, which may be the page's own token too. */
export function redfishSession(exchange: Exchange, sessions: IdracSessions): IdracSession | undefined {
  const token = exchange.header("X-Auth-Token") ?? "";
  const session = sessions.use(token) ?? [...sessions].find(({ attributes }) => attributes.xsrf === token);
  if (session === undefined) exchange.refuse(401, "unauthenticated");
  return session;
}

/** User and password are request headers, each in quotes; there is no body. */
async function logIn(exchange: Exchange, sessions: IdracSessions, account: Account): Promise<void> {
  const [user, password] = [unquoted(exchange.header("user")), unquoted(exchange.header("password"))];
  if ((await exchange.body(1)).length > 0) {
    exchange.refuse(400, "login-body");
  } else if (user === undefined || password === undefined) {
    refuseLogIn(exchange, "login-headers");
  } else if (user !== account.user || password !== account.password) {
    refuseLogIn(exchange, "credentials");
  } else {
    openSession(exchange, sessions, user);
  }
}

function openSession(exchange: Exchange, sessions: IdracSessions, user: string): void {
  const session = sessions.open(user, randomBytes(16).toString("hex"), newAttributes());
  if (session === undefined) {
    exchange.refuse(503, "session-limit");
    return;
  }
  const headers = {
    "XSRF-TOKEN": session.attributes.xsrf,
    "Set-Cookie": `${COOKIE}=${session.token}; Path=/; Secure; HttpOnly`,
  };
  exchange.json(201, { authResult: 0 }, headers);
}

function refuseLogIn(exchange: Exchange, reason: string): void {
  exchange.note(reason);
  exchange.json(401, { authResult: 1 });
}

function logOut(exchange: Exchange, sessions: IdracSessions): void {
  const session = apiSession(exchange, sessions);
  if (session === undefined) return;
  sessions.end(session);
  exchange.json(200, {});
}

function unquoted(value: string | undefined): string | undefined {
  return /^"(.*)"$/.exec(value ?? "")?.[1];
}
