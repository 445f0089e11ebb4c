import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import { COOKIE, cookieSession, type IdracSessions, newAttributes, newToken } from "./sessions.ts";

const FORM_BYTES = 1024;
/** The firmware's results of a log-in. */
const RESULT = { ok: 0, bad: 1, full: 5 } as const;

/** Log-in and log-out of the web page. */
export function loginRoutes(sessions: IdracSessions, account: Account): Route[] {
  const logout = (exchange: Exchange) => logOut(exchange, sessions);
  return [
    { method: "POST", path: "/data/login", handle: (exchange) => logIn(exchange, sessions, account) },
    { method: "POST", path: "/data/logout", handle: logout },
    { method: "GET", path: "/data/logout", handle: logout },
  ];
}

async function logIn(exchange: Exchange, sessions: IdracSessions, account: Account): Promise<void> {
  const fields = (await exchange.body(FORM_BYTES)).toString().split("&");
  // The form is read by position: the same two fields the other way round are a wrong password.
  const [user, password] = ["user", "password"].map((name, index) => fieldValue(fields[index] ?? "", name));
  if (user === undefined || password === undefined) {
    answer(exchange, { result: RESULT.bad, reason: "login-order" });
  } else if (user !== account.user || password !== account.password) {
    answer(exchange, { result: RESULT.bad, reason: "credentials" });
  } else {
    openSession(exchange, sessions, user);
  }
}

function openSession(exchange: Exchange, sessions: IdracSessions, user: string): void {
  const session = sessions.open(user, newToken(), newAttributes());
  if (session === undefined) {
    answer(exchange, { result: RESULT.full, reason: "session-limit" });
    return;
  }
  const { st1, st2 } = session.attributes;
  const cookie = `${COOKIE}=${session.token}; path=/; secure; httponly`;
  answer(exchange, { result: RESULT.ok, forwardUrl: `index.html?ST1=${st1},ST2=${st2}`, cookie });
}

interface LoginAnswer {
  readonly result: number;
  readonly reason?: string;
  readonly forwardUrl?: string;
  readonly cookie?: string;
}

/** Whatever came of it, the status is 200. */
function answer(exchange: Exchange, { result, reason, forwardUrl = "", cookie }: LoginAnswer): void {
  if (reason !== undefined) exchange.note(reason);
  const errorMsg = reason === undefined ? "" : "The log-in was refused.";
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<root><status>ok</status><authResult>${result}</authResult><blockingTime>0</blockingTime>\
<forwardUrl>${forwardUrl}</forwardUrl><errorMsg>${errorMsg}</errorMsg></root>
`;
  exchange.send(200, { "Content-Type": "text/xml", ...(cookie === undefined ? {} : { "Set-Cookie": cookie }) }, xml);
}

/** The web page calls this before each log-in too, when there is nothing to end. */
function logOut(exchange: Exchange, sessions: IdracSessions): void {
  const session = cookieSession(exchange, sessions);
  if (session !== undefined) sessions.end(session);
  exchange.send(303, { Location: `https://${exchange.header("Host") ?? ""}/login.html`, "Content-Type": "text/html" });
}

function fieldValue(field: string, name: string): string | undefined {
  return field.startsWith(`${name}=`) ? (new URLSearchParams(field).get(name) ?? undefined) : undefined;
}
