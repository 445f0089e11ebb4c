import { randomBytes } from "node:crypto";
import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import { parseObject } from "../core/json.ts";
import type { Route } from "../core/routes.ts";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** Nothing goes with a log-in but its token. */
export type XccAttributes = undefined;
export type XccSession = ControllerSession<XccAttributes>;
export type XccSessions = Sessions<XccAttributes>;

const BODY_BYTES = 4096;
const SCHEME = "Bearer ";

/** Log-in and log-out of the web page; where the latter is, is this emulator's own. */
export function sessionRoutes(sessions: XccSessions, account: Account): Route[] {
  return [
    { method: "POST", path: "/api/login", open: true, handle: (exchange) => logIn(exchange, sessions, account) },
    {
      method: "POST",
      path: "/api/logout",
      handle: (exchange) => {
        const session = bearerSession(exchange, sessions);
        if (session !== undefined) sessions.end(session);
        exchange.json(200, { return: 0 });
      },
    },
  ];
}

/** The session by its token, which travels in Authorization: there is no cookie. */
export function bearerSession(exchange: Exchange, sessions: XccSessions): XccSession | undefined {
  const authorization = exchange.header("Authorization") ?? "";
  return sessions.use(authorization.startsWith(SCHEME) ? authorization.slice(SCHEME.length) : "");
}

async function logIn(exchange: Exchange, sessions: XccSessions, account: Account): Promise<void> {
  const given = parseObject(await exchange.body(BODY_BYTES));
  if (given?.username !== account.user || given?.password !== account.password) {
    exchange.refuse(401, "credentials");
    return;
  }
  const session = sessions.open(account.user, randomBytes(32).toString("hex"), undefined);
  if (session === undefined) exchange.refuse(503, "session-limit");
  else exchange.json(200, { access_token: session.token, token_type: "Bearer", expires: 1800 });
}
