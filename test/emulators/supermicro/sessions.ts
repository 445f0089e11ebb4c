import { randomBytes } from "node:crypto";
import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** What goes with a log-in. */
export interface SupermicroAttributes {
  /** The CSRF tokens of the pages opened last: each page has its own. */
  readonly tokens: string[];
}

export type SupermicroSession = ControllerSession<SupermicroAttributes>;
export type SupermicroSessions = Sessions<SupermicroAttributes>;

const COOKIE = "SID";
/** Pages are in frames, so the last token is not the only good one. */
const TOKENS = 8;

export interface LoginParts {
  readonly sessions: SupermicroSessions;
  readonly account: Account;
  /** Called with a session that has been logged out. */
  readonly onEnd: (session: SupermicroSession) => void;
}

export function newAttributes(): SupermicroAttributes {
  return { tokens: [] };
}

export function cookieSession(
  asked: Pick<Exchange, "cookie">,
  sessions: SupermicroSessions,
): SupermicroSession | undefined {
  return sessions.use(asked.cookie(COOKIE) ?? "");
}

/** A new token for a page about to be shown. */
export function pageToken({ attributes }: SupermicroSession): string {
  const token = randomBytes(16).toString("hex");
  attributes.tokens.push(token);
  if (attributes.tokens.length > TOKENS) attributes.tokens.shift();
  return token;
}

/** Log-in and log-out of the web page. */
export function loginRoutes(parts: LoginParts): Route[] {
  return [
    { method: "POST", path: "/cgi/login.cgi", handle: (exchange) => logIn(exchange, parts) },
    { method: "GET", path: "/cgi/logout.cgi", handle: (exchange) => logOut(exchange, parts) },
  ];
}

/** The status is 200 whatever came of it: only the page that follows tells. */
async function logIn(exchange: Exchange, { sessions, account }: LoginParts): Promise<void> {
  const form = await exchange.form();
  // Newer firmware wants both in base64 and says so with a third field.
  const decode = (value: string) => (form.get("check") === "00" ? Buffer.from(value, "base64").toString() : value);
  const known = decode(form.get("name") ?? "") === account.user && decode(form.get("pwd") ?? "") === account.password;
  const session = known ? sessions.open(account.user, randomBytes(16).toString("hex"), newAttributes()) : undefined;
  const type = { "Content-Type": "text/html" };
  if (session === undefined) {
    exchange.note(known ? "session-limit" : "credentials");
    exchange.send(200, type, '<!doctype html><p>Invalid user name or password.</p><p><a href="/">Back</a></p>\n');
    return;
  }
  const cookies = [`${COOKIE}=${session.token}; Path=/; Secure; HttpOnly`, "langSetFlag=0; Path=/; Secure"];
  const page = '<!doctype html><script>location.replace("../cgi/url_redirect.cgi?url_name=mainmenu");</script>\n';
  exchange.send(200, { ...type, "Set-Cookie": cookies }, page);
}

function logOut(exchange: Exchange, { sessions, onEnd }: LoginParts): void {
  const session = cookieSession(exchange, sessions);
  if (session !== undefined) {
    sessions.end(session);
    onEnd(session);
  }
  exchange.send(200, { "Content-Type": "text/html" }, '<!doctype html><script>top.location.replace("/");</script>\n');
}
