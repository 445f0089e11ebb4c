// A Supermicro controller (X9 to X13, ATEN firmware) as far as a proxy can get it wrong: a log-in that answers 200 either
// way, a CSRF header with an underscore whose token changes with the page, Host and Referer that must be its own, a
// console at the very root, and WebSocket headers that are read by their case.
import type { WebSocket } from "ws";
import type { Account } from "../core/account.ts";
import { formatAuthority } from "../core/authority.ts";
import { type Controller, type ControllerOptions, clockOf, startController } from "../core/controller.ts";
import { randomDigits } from "../core/digits.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Behaviour, Family, FamilyContext } from "../core/family.ts";
import { collapseSlashes } from "../core/paths.ts";
import { redfishSessionRoutes } from "../core/redfish-sessions.ts";
import { type Bursts, Screen } from "../core/screen.ts";
import type { StaticFile } from "../core/static-files.ts";
import { Tickets } from "../core/tickets.ts";
import { TOKEN_BYTES } from "./aten.ts";
import { type CsrfHeader, cgiRoutes } from "./cgi.ts";
import { consoleSocket } from "./console.ts";
import { fileRoutes, readFiles } from "./pages.ts";
import { loginRoutes, newAttributes, type SupermicroAttributes, type SupermicroSession } from "./sessions.ts";

/** Stricter than is known of real ones. */
export interface SupermicroStrictness {
  /** A path with two slashes in a row is another path: 404. */
  readonly exactPath?: boolean;
  /** Keys are ignored after ten seconds without the viewer's sign of life, which X9 sends every three. */
  readonly keepAlive?: boolean;
}

export interface SupermicroOptions extends ControllerOptions {
  readonly strict?: SupermicroStrictness;
  /** Default: the one with the underscore. */
  readonly csrfHeader?: CsrfHeader;
  /** The console sends 40 kB packets beside its picture. */
  readonly bursts?: Bursts;
}

export interface Supermicro extends Controller<SupermicroAttributes> {
  readonly account: Account;
  readonly screen: Screen;
}

const ACCOUNT: Account = { user: "ADMIN", password: "K7F3-smc" };
const TICKET_MS = 60_000;
const CGI = "/cgi/";

/**
 * Starts a Supermicro controller.
 *
 * Refused as reports from the field say: a foreign Host and, under /cgi/, a missing or foreign Referer (403, `host` and
 * `referer`; X11), a change without the CSRF header (403, `csrf`), WebSocket headers in another case than RFC 6455 writes
 * them (400, `handshake-names`), a console without the cookie (401, `unauthenticated`), with another version than it
 * named (`console-version`), or with a token that is unknown or used (`console-token`).
 */
export async function startSupermicro(options: SupermicroOptions = {}): Promise<Supermicro> {
  const screen = new Screen(clockOf(options), options.bursts);
  const family = supermicroFamily(options, { screen, files: await readFiles() });
  return { ...(await startController(family, options)), account: ACCOUNT, screen };
}

interface Parts {
  readonly screen: Screen;
  readonly files: ReadonlyMap<string, StaticFile>;
}

function supermicroFamily(options: SupermicroOptions, parts: Parts): Family<SupermicroAttributes> {
  return {
    name: "Supermicro",
    tls: { minVersion: "TLSv1", maxVersion: "TLSv1.2", ciphers: "DEFAULT:@SECLEVEL=0", key: "rsa-2048" },
    rules: { requireHost: 403, exactNames: true, countLeaks: true },
    answerHeaders: () => ({ "X-Frame-Options": "SAMEORIGIN" }),
    normalisePath: options.strict?.exactPath === true ? (path) => path : collapseSlashes,
    behave: (context) => behave(context, options, parts),
  };
}

function behave(
  context: FamilyContext<SupermicroAttributes>,
  { csrfHeader = "CSRF_TOKEN", strict = {} }: SupermicroOptions,
  { screen, files }: Parts,
): Behaviour {
  const { sessions, clock, now, reject } = context;
  const tickets = new Tickets<SupermicroSession>(now, TICKET_MS);
  const consoles = new Map<WebSocket, SupermicroSession>();
  const consoleToken = (session: SupermicroSession) => {
    const token = randomDigits(TOKEN_BYTES);
    tickets.issue(token, session);
    return token;
  };
  const onOpen = (session: SupermicroSession, websocket: WebSocket) => {
    consoles.set(websocket, session);
    websocket.on("close", () => consoles.delete(websocket));
  };
  // A log-out of the page ends its consoles.
  const onEnd = (ended: SupermicroSession) => {
    for (const [websocket, session] of consoles) if (session === ended) websocket.close(1000);
  };
  const redfish = { sessions, account: ACCOUNT, paths: ["/redfish/v1/SessionService/Sessions"] };
  const keepAlive = strict.keepAlive ?? false;
  return {
    admit: (exchange) => admitReferer(exchange, context),
    routes: [
      ...fileRoutes(files),
      ...loginRoutes({ sessions, account: ACCOUNT, onEnd }),
      ...cgiRoutes({ sessions, files, csrfHeader, consoleToken }),
      ...redfishSessionRoutes({ ...redfish, attributes: newAttributes }),
    ],
    sockets: [consoleSocket({ sessions, screen, tickets, clock, reject, keepAlive, onOpen })],
  };
}

/** Everything under /cgi/ must come from a page of its own. */
function admitReferer(exchange: Exchange, { address, port }: FamilyContext<SupermicroAttributes>): boolean {
  const own = `https://${formatAuthority(address, port("web"))}/`;
  if (!exchange.path.startsWith(CGI) || exchange.header("Referer")?.startsWith(own) === true) return true;
  exchange.refuse(403, "referer");
  return false;
}
