import { randomBytes } from "node:crypto";
import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import { parseObject } from "../core/json.ts";
import type { Route } from "../core/routes.ts";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** Sessions of the page and of Redfish are two pools: a Redfish one opens no console. */
export interface IloAttributes {
  readonly pool: "page" | "redfish";
}

export type IloSession = ControllerSession<IloAttributes>;
export type IloSessions = Sessions<IloAttributes>;

const COOKIE = "sessionKey";
const BODY_BYTES = 4096;

/** Log-in and log-out of the web page: one path, the method in the body. */
export function sessionRoutes(sessions: IloSessions, account: Account): Route[] {
  return [
    {
      method: "POST",
      path: "/json/login_session",
      handle: (exchange) => switchSession(exchange, sessions, account),
    },
    {
      method: "GET",
      path: "/json/session_info",
      handle: (exchange) => {
        const session = pageSession(exchange, sessions);
        if (session !== undefined)
          exchange.json(200, { user_name: session.user, user_ip: exchange.entry.peer.address });
      },
    },
  ];
}

/** By cookie and of the page's pool; undefined where a refusal has been answered. */
export function pageSession(asked: Pick<Exchange, "cookie" | "refuse">, sessions: IloSessions): IloSession | undefined {
  const session = sessions.use(asked.cookie(COOKIE) ?? "");
  if (session === undefined) asked.refuse(401, "unauthenticated");
  else if (session.attributes.pool === "redfish") asked.refuse(401, "redfish-session");
  else return session;
  return undefined;
}

/** For /redfish: X-Auth-Token, or the cookie where nothing changes; undefined where a refusal has been answered. */
export function redfishSession(exchange: Exchange, sessions: IloSessions): IloSession | undefined {
  const byHeader = sessions.use(exchange.header("X-Auth-Token") ?? "");
  const byCookie = sessions.use(exchange.cookie(COOKIE) ?? "");
  const reads = exchange.request.method === "GET";
  const session = byHeader ?? (reads ? byCookie : undefined);
  if (session === undefined) exchange.refuse(401, byCookie === undefined ? "unauthenticated" : "auth-token");
  return session;
}

/** The body must begin with a brace; its Content-Type is not looked at. */
async function switchSession(exchange: Exchange, sessions: IloSessions, account: Account): Promise<void> {
  const body = (await exchange.body(BODY_BYTES)).toString();
  const given = body.startsWith("{") ? parseObject(body) : undefined;
  if (given?.method === "login")
    logIn(exchange, sessions, given.user_login === account.user && given.password === account.password);
  else if (given?.method === "logout") logOut(exchange, sessions, String(given.session_key));
  else exchange.refuse(400, "login-form");
}

function logIn(exchange: Exchange, sessions: IloSessions, known: boolean): void {
  if (!known) {
    exchange.refuse(403, "credentials");
    return;
  }
  const session = sessions.open("Administrator", randomBytes(16).toString("hex"), { pool: "page" });
  if (session === undefined) {
    exchange.refuse(503, "session-limit");
    return;
  }
  const body = { session_key: session.token, user_name: session.user, user_account: session.user };
  // Not HttpOnly: the console's page reads it.
  exchange.json(200, body, { "Set-Cookie": `${COOKIE}=${session.token}; Path=/; Secure` });
}

function logOut(exchange: Exchange, sessions: IloSessions, key: string): void {
  const session = sessions.use(key);
  if (session === undefined) {
    exchange.refuse(401, "unauthenticated");
    return;
  }
  sessions.end(session);
  exchange.json(200, {}, { "Set-Cookie": `${COOKIE}=; Path=/; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT` });
}
