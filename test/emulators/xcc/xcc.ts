// A Lenovo XCC, in short: a token in Authorization and no cookie, a Referer that must be its own, and a remote presence on
// port 3900. Of its console's protocol nothing is known; what is here is this emulator's own.
import { join } from "node:path";
import type { Account } from "../core/account.ts";
import { formatAuthority } from "../core/authority.ts";
import { type Controller, type ControllerOptions, clockOf, startController } from "../core/controller.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Behaviour, Family, FamilyContext } from "../core/family.ts";
import { readPage } from "../core/page-files.ts";
import { collapseSlashes } from "../core/paths.ts";
import { redfishSessionRoutes } from "../core/redfish-sessions.ts";
import type { Route } from "../core/routes.ts";
import { type Bursts, Screen } from "../core/screen.ts";
import type { StaticFile } from "../core/static-files.ts";
import { Tickets } from "../core/tickets.ts";
import { apiRoutes } from "./api.ts";
import { consolePort } from "./console.ts";
import { bearerSession, sessionRoutes, type XccAttributes } from "./sessions.ts";

/** Stricter than is known of real ones. */
export interface XccStrictness {
  /** A foreign Host: 403. */
  readonly foreignHost?: boolean;
  /** A path with two slashes in a row is another path: 404. */
  readonly exactPath?: boolean;
}

export interface XccOptions extends ControllerOptions {
  readonly strict?: XccStrictness;
  /** The console sends 40 kB packets beside its picture. */
  readonly bursts?: Bursts;
}

export interface Xcc extends Controller<XccAttributes> {
  readonly account: Account;
  readonly screen: Screen;
}

const ACCOUNT: Account = { user: "USERID", password: "K7F3-xcc" };
const TICKET_MS = 60_000;
const API = "/api/";

/**
 * Starts an XCC: HTTPS, and WebSockets on the second port `console` (3900 in the field).
 *
 * Refused as a client for it expects: under /api/ a missing or foreign Referer (403, `referer`) and a missing or wrong
 * token (401, `unauthenticated`). A console without a one-time key is closed (`console-key`), which is this emulator's own.
 */
export async function startXcc(options: XccOptions = {}): Promise<Xcc> {
  const screen = new Screen(clockOf(options), options.bursts);
  const files = await readPage(join(import.meta.dirname, "web"), "/");
  const controller = await startController(xccFamily(options.strict ?? {}, { screen, files }), options);
  return { ...controller, account: ACCOUNT, screen };
}

interface Parts {
  readonly screen: Screen;
  readonly files: ReadonlyMap<string, StaticFile>;
}

function xccFamily(strict: XccStrictness, parts: Parts): Family<XccAttributes> {
  return {
    name: "XCC",
    tls: { minVersion: "TLSv1.2", key: "rsa-2048" },
    rules: { countLeaks: true, ...(strict.foreignHost === true ? { requireHost: 403 } : {}) },
    normalisePath: strict.exactPath === true ? (path) => path : collapseSlashes,
    behave: (context) => behave(context, parts),
  };
}

function behave(context: FamilyContext<XccAttributes>, { screen, files }: Parts): Behaviour {
  const { sessions, now, port, reject } = context;
  const tickets = new Tickets<true>(now, TICKET_MS);
  const pages = [...files].map(
    ([path, file]): Route => ({
      method: "GET",
      path: path === "/index.html" ? "/" : path,
      open: true,
      handle: (exchange) => exchange.send(200, { "Content-Type": file.type }, file.plain),
    }),
  );
  const redfish = { sessions, account: ACCOUNT, paths: ["/redfish/v1/SessionService/Sessions"] };
  const root = (path: string): Route => ({ method: "GET", path, open: true, handle: serveRedfishRoot });
  return {
    admit: (exchange, route) => admit(exchange, route, context),
    routes: [
      ...pages,
      root("/redfish/v1"),
      root("/redfish/v1/"),
      ...sessionRoutes(sessions, ACCOUNT),
      ...redfishSessionRoutes({ ...redfish, attributes: () => undefined }),
      ...apiRoutes({ consolePort: () => port("console"), tickets }),
    ],
    sockets: [],
    ports: { console: consolePort({ screen, tickets, reject }) },
  };
}

/** Tells anybody whose it is. */
function serveRedfishRoot(exchange: Exchange): void {
  exchange.json(200, { "@odata.id": "/redfish/v1/", Id: "RootService", RedfishVersion: "1.9.0", Oem: { Lenovo: {} } });
}

/** Everything under /api/ must come from a page of its own, and all but the log-in carry the token. */
function admit(exchange: Exchange, route: Route | undefined, context: FamilyContext<XccAttributes>): boolean {
  if (route === undefined || !exchange.path.startsWith(API)) return true;
  const own = `https://${formatAuthority(context.address, context.port("web"))}/`;
  if (exchange.header("Referer")?.startsWith(own) !== true) exchange.refuse(403, "referer");
  else if (route.open !== true && bearerSession(exchange, context.sessions) === undefined) {
    exchange.refuse(401, "unauthenticated");
  } else return true;
  return false;
}
