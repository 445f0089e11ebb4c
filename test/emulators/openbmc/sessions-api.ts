import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { Admission } from "./admission.ts";
import {
  type Account,
  type BmcSession,
  type BmcSessions,
  clearedCookie,
  openSession,
  sessionCookies,
} from "./authentication.ts";

const COLLECTION = "/redfish/v1/SessionService/Sessions";
const CREDENTIALS_BYTES = 4096;

export interface SessionsApiParts {
  readonly sessions: BmcSessions;
  readonly account: Account;
  readonly admission: Admission;
}

/** Both ways to log in and out: the web page's (cookies) and Redfish's (X-Auth-Token). */
export function sessionRoutes(parts: SessionsApiParts): Route[] {
  const { sessions } = parts;
  return [
    { method: "POST", path: "/login", open: true, handle: (exchange) => logIn(exchange, parts) },
    { method: "POST", path: "/logout", handle: (exchange) => logOut(exchange, parts) },
    { method: "POST", path: COLLECTION, open: true, handle: (exchange) => createRedfishSession(exchange, parts) },
    { method: "GET", path: COLLECTION, handle: (exchange) => exchange.json(200, collection(sessions)) },
    { method: "DELETE", path: `${COLLECTION}/:id`, handle: (exchange) => deleteRedfishSession(exchange, sessions) },
  ];
}

async function logIn(exchange: Exchange, parts: SessionsApiParts): Promise<void> {
  const session = await openFromBody(exchange, parts, { user: "username", password: "password" });
  if (session === undefined) return;
  exchange.json(200, { token: session.token }, { "Set-Cookie": sessionCookies(session) });
}

function logOut(exchange: Exchange, parts: SessionsApiParts): void {
  const who = parts.admission.identify(exchange);
  if ("refused" in who || who.session === undefined) {
    exchange.send(200, {});
    return;
  }
  parts.sessions.end(who.session);
  const answer = { data: `User '${who.user}' logged out`, message: "200 OK", status: "ok" };
  exchange.json(200, answer, { "Set-Cookie": clearedCookie });
}

async function createRedfishSession(exchange: Exchange, parts: SessionsApiParts): Promise<void> {
  const session = await openFromBody(exchange, parts, { user: "UserName", password: "Password" });
  if (session === undefined) return;
  // A page gets cookies, because a WebSocket cannot carry X-Auth-Token; a program gets the token.
  const fromPage = exchange.header("X-Requested-With") !== undefined;
  const secret = fromPage ? { "Set-Cookie": sessionCookies(session) } : { "X-Auth-Token": session.token };
  exchange.json(201, describe(session), { ...secret, Location: `${COLLECTION}/${session.id}` });
}

function deleteRedfishSession(exchange: Exchange, sessions: BmcSessions): void {
  const session = [...sessions].find((open) => open.id === exchange.params.id);
  if (session === undefined) {
    exchange.refuse(404, "not-found");
    return;
  }
  sessions.end(session);
  exchange.json(200, { "@Message.ExtendedInfo": [{ MessageId: "Base.1.19.0.Success", Severity: "OK" }] });
}

/** Reads credentials and opens a session; otherwise refuses and gives undefined. */
async function openFromBody(
  exchange: Exchange,
  parts: SessionsApiParts,
  names: { readonly user: string; readonly password: string },
): Promise<BmcSession | undefined> {
  const given = parseObject(await exchange.body(CREDENTIALS_BYTES));
  const [user, password] = [given?.[names.user], given?.[names.password]];
  if (typeof user !== "string" || typeof password !== "string") {
    exchange.refuse(400, "credentials-form");
    return undefined;
  }
  if (user !== parts.account.user || password !== parts.account.password) {
    exchange.refuse(401, "credentials");
    return undefined;
  }
  const session = openSession(parts.sessions, user);
  if (session === undefined) exchange.refuse(503, "session-limit");
  return session;
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    // Not JSON: the caller answers 400, which is all that bmcweb says about it.
    return undefined;
  }
}

function collection(sessions: BmcSessions): object {
  const members = [...sessions].map((session) => ({ "@odata.id": `${COLLECTION}/${session.id}` }));
  return {
    "@odata.id": COLLECTION,
    "@odata.type": "#SessionCollection.SessionCollection",
    Name: "Session Collection",
    Members: members,
    "Members@odata.count": members.length,
  };
}

function describe(session: BmcSession): object {
  return {
    "@odata.id": `${COLLECTION}/${session.id}`,
    "@odata.type": "#Session.v1_7_0.Session",
    Id: session.id,
    Name: "User Session",
    UserName: session.user,
    Roles: ["Administrator"],
  };
}
