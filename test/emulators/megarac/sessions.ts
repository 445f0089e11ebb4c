import { randomBytes } from "node:crypto";
import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { ControllerSession, Sessions } from "../core/sessions.ts";

/** What goes with a log-in. */
export interface MegaracAttributes {
  /** Only the page's count against its slots. */
  readonly pool: "page" | "redfish";
  /** The header X-CSRFTOKEN of everything after the log-in. */
  readonly csrf: string;
}

export type MegaracSession = ControllerSession<MegaracAttributes>;
export type MegaracSessions = Sessions<MegaracAttributes>;

/** How many of the page's sessions there may be. */
export const WEB_SLOTS = 148;

const COOKIE = "QSESSIONID";
const PATH = "/api/session";
const TOO_MANY = { error: "Maximum number of sessions already in use", code: 15_000 };

export function newAttributes(pool: MegaracAttributes["pool"]): MegaracAttributes {
  return { pool, csrf: randomBytes(4).toString("hex") };
}

/** Log-in and log-out of the web page. */
export function sessionRoutes(sessions: MegaracSessions, account: Account): Route[] {
  return [
    { method: "POST", path: PATH, open: true, handle: (exchange) => logIn(exchange, sessions, account) },
    {
      method: "DELETE",
      path: PATH,
      handle: (exchange) => {
        const session = cookieSession(exchange, sessions);
        if (session !== undefined) sessions.end(session);
        exchange.json(200, { ok: 0 });
      },
    },
  ];
}

export function cookieSession(asked: Pick<Exchange, "cookie">, sessions: MegaracSessions): MegaracSession | undefined {
  return sessions.use(asked.cookie(COOKIE) ?? "");
}

/** Everything but what is open needs the cookie and the token in a header. */
export function admit(exchange: Exchange, route: Route | undefined, sessions: MegaracSessions): boolean {
  if (route === undefined || route.open === true) return true;
  const session = cookieSession(exchange, sessions);
  if (session !== undefined && exchange.header("X-CSRFTOKEN") === session.attributes.csrf) return true;
  exchange.note(session === undefined ? "unauthenticated" : "csrf");
  exchange.json(401, { error: "Invalid Authentication", code: 1000 });
  return false;
}

async function logIn(exchange: Exchange, sessions: MegaracSessions, account: Account): Promise<void> {
  const form = await exchange.form();
  if (form.get("username") !== account.user || form.get("password") !== account.password) {
    exchange.note("credentials");
    exchange.json(401, { error: "Invalid username or password", code: 7000 });
    return;
  }
  const open = [...sessions].filter(({ attributes }) => attributes.pool === "page").length;
  const attributes = newAttributes("page");
  const token = randomBytes(16).toString("hex");
  const session = open < WEB_SLOTS ? sessions.open(account.user, token, attributes) : undefined;
  if (session === undefined) {
    exchange.note("session-limit");
    exchange.json(401, TOO_MANY);
    return;
  }
  const cookies = [`${COOKIE}=${session.token}; Path=/; Secure; HttpOnly`, "refresh_disable=1; Path=/; Secure"];
  exchange.json(200, describe(exchange, session, open), { "Set-Cookie": cookies });
}

/** The controller tells whom it saw, and by what name it was asked for. */
function describe(exchange: Exchange, session: MegaracSession, id: number): object {
  return {
    ok: 0,
    privilege: 4,
    extendedpriv: 259,
    racsession_id: id + 1,
    remote_addr: exchange.entry.peer.address,
    server_name: exchange.header("Host"),
    server_addr: exchange.request.socket.localAddress,
    HTTPSEnabled: 1,
    CSRFToken: session.attributes.csrf,
    channel: 1,
    passwordStatus: 0,
  };
}
