// An AMI MegaRAC controller (ASRockRack and others), SP-X or the older SP, as far as a proxy can get it wrong: a CSRF token
// in a header, a console that wants its own Origin and repeats the address that the controller saw, packets that span
// messages, a serial line whose token is in the query; and in the older one HTTP/1.0 answers that are cut short.
import type { Account } from "../core/account.ts";
import { type Controller, type ControllerOptions, clockOf, startController } from "../core/controller.ts";
import type { Behaviour, Family, FamilyContext } from "../core/family.ts";
import { collapseSlashes } from "../core/paths.ts";
import { redfishSessionRoutes } from "../core/redfish-sessions.ts";
import { type Bursts, Screen } from "../core/screen.ts";
import type { StaticFile } from "../core/static-files.ts";
import { Tickets } from "../core/tickets.ts";
import { apiRoutes, type KvmGrant } from "./api.ts";
import { consoleSocket } from "./console.ts";
import { Legacy } from "./legacy.ts";
import { Mastery } from "./mastery.ts";
import type { Packing } from "./packing.ts";
import { pageRoutes, readFiles } from "./pages.ts";
import { admit, type MegaracAttributes, newAttributes, sessionRoutes } from "./sessions.ts";
import { solSocket } from "./sol.ts";

/** Stricter than is known of real ones. */
export interface MegaracStrictness {
  /** A console's token works only from the address that it was given to. */
  readonly peerBoundToken?: boolean;
  /** A path with two slashes in a row is another path: 404. */
  readonly exactPath?: boolean;
}

export interface MegaracOptions extends ControllerOptions {
  /** Default: `sp-x`. */
  readonly generation?: "sp-x" | "sp";
  readonly strict?: MegaracStrictness;
  /** The older firmware's answers are HTTP/1.0 and cut short, which no browser of today takes. Default: yes. */
  readonly cutAnswers?: boolean;
  /** How the console's packets become messages. Default: one each. */
  readonly packing?: Packing;
  /** The console's daemon is stuck: 101, and then the text of another answer. */
  readonly stuckConsole?: boolean;
  /** How long after its viewer has gone the console keeps the place of the one who types. Milliseconds; default: 0, seconds in the field. */
  readonly releaseMs?: number;
  /** The console sends 40 kB packets beside its picture. */
  readonly bursts?: Bursts;
}

export interface Megarac extends Controller<MegaracAttributes> {
  readonly account: Account;
  readonly screen: Screen;
}

const ACCOUNT: Account = { user: "admin", password: "K7F3-ami" };
const TICKET_MS = 60_000;

/**
 * Starts a MegaRAC.
 *
 * Refused as live ones refuse: a missing or wrong X-CSRFTOKEN (401, `csrf`), the 149th session of the page (401 with code
 * 15000, `session-limit`), a console from another Origin or none (403, `origin`), a token used twice (`console-token`), an
 * address other than the one that the token was given to in the viewer's log-in (`client-ip`), a log-in before `begin`
 * (`console-order`); keys of a second viewer, who only looks on (`view-only`); a serial line without the token in its query
 * (401, `sol-token`).
 */
export async function startMegarac(options: MegaracOptions = {}): Promise<Megarac> {
  const screen = new Screen(clockOf(options), options.bursts);
  const files = await readFiles(options.generation ?? "sp-x");
  const controller = await startController(megaracFamily(options, { screen, files }), options);
  return { ...controller, account: ACCOUNT, screen };
}

interface Parts {
  readonly screen: Screen;
  readonly files: ReadonlyMap<string, StaticFile>;
}

function megaracFamily(options: MegaracOptions, parts: Parts): Family<MegaracAttributes> {
  return {
    name: "MegaRAC",
    tls: { minVersion: "TLSv1.2", key: "rsa-2048" },
    rules: { requireOrigin: "upgrades", countLeaks: true },
    answerHeaders: () => ({ Server: "lighttpd" }),
    normalisePath: options.strict?.exactPath === true ? (path) => path : collapseSlashes,
    behave: (context) =>
      options.generation === "sp" ? behaveAsSp(context, options, parts) : behave(context, options, parts),
  };
}

function behave(
  { sessions, clock, now, reject }: FamilyContext<MegaracAttributes>,
  options: MegaracOptions,
  { screen, files }: Parts,
): Behaviour {
  const tickets = new Tickets<KvmGrant>(now, TICKET_MS);
  const redfish = {
    sessions,
    account: ACCOUNT,
    paths: ["/redfish/v1/Sessions", "/redfish/v1/SessionService/Sessions"],
  };
  const console = consoleSocket({
    sessions,
    tickets,
    screen,
    mastery: new Mastery(clock, options.releaseMs ?? 0),
    reject,
    peerBound: options.strict?.peerBoundToken ?? false,
    packing: options.packing ?? "each",
    stuck: options.stuckConsole ?? false,
  });
  return {
    admit: (exchange, route) => admit(exchange, route, sessions),
    routes: [
      ...sessionRoutes(sessions, ACCOUNT),
      ...redfishSessionRoutes({ ...redfish, attributes: () => newAttributes("redfish") }),
      ...apiRoutes({ sessions, tickets }),
      ...pageRoutes(files),
    ],
    sockets: [console, solSocket(sessions)],
  };
}

/** The older one has no console in the browser: that is Java's. */
function behaveAsSp(
  { sessions }: FamilyContext<MegaracAttributes>,
  { cutAnswers = true }: MegaracOptions,
  { files }: Parts,
): Behaviour {
  const legacy = new Legacy({ sessions, account: ACCOUNT, pages: pageRoutes(files), cut: cutAnswers });
  return { routes: legacy.routes, sockets: [] };
}
