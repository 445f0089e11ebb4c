// An iDRAC9 (14G to 16G, firmware 5.10 and newer) as far as a proxy can get it wrong: credentials in request headers, the
// header XSRF-TOKEN, its check of Host, a page that is only there compressed, a console whose key is in the query and
// whose slot is only freed by the viewer's own farewell.
import type { Account } from "../core/account.ts";
import { type Controller, type ControllerOptions, startController } from "../core/controller.ts";
import type { Behaviour, Family, FamilyContext } from "../core/family.ts";
import { collapseSlashes } from "../core/paths.ts";
import { redfishSessionRoutes } from "../core/redfish-sessions.ts";
import { startRfbPicture } from "../core/rfb-server.ts";
import { Slots } from "../core/slots.ts";
import type { StaticFile } from "../core/static-files.ts";
import { consoleSockets, type VncAddress } from "./console.ts";
import { Launches } from "./launch.ts";
import { pageRoutes, readFiles } from "./pages.ts";
import { type IdracAttributes, newAttributes, sessionRoutes } from "./sessions.ts";

/** Stricter than is known of real ones. */
export interface Idrac9Strictness {
  /** A path with two slashes in a row is another path: 404. */
  readonly exactPath?: boolean;
}

export interface Idrac9Options extends ControllerOptions {
  readonly strict?: Idrac9Strictness;
  /** The machine's screen, an Xvnc for instance. Default: a test picture drawn in this process. */
  readonly vnc?: VncAddress;
  /** Where consoles open: on the pages' port, or as firmware 4 did on a second one, `console` (5900 in the field). Default: web. */
  readonly consoleOn?: "web" | "console";
  /** A licence for the virtual console. Default: yes. */
  readonly licensed?: boolean;
}

export interface Idrac9 extends Controller<IdracAttributes> {
  readonly account: Account;
}

const ACCOUNT: Account = { user: "root", password: "calvin" };
const CONSOLES = 6;
const SESSION_PATHS = ["/redfish/v1/SessionService/Sessions", "/redfish/v1/Sessions"];

/**
 * Starts an iDRAC9.
 *
 * All it refuses by default is known of a live one (firmware 7.10.30.00) or of the vendor's own notes: a foreign Host (400),
 * a log-in with a body (400, `login-body`) or without quotes (401, `login-headers`), the ninth session (503,
 * `session-limit`), a missing or wrong XSRF-TOKEN (401, `csrf`), pages without gzip (404, `gzip`), a console without vck
 * (502, `vck-missing`), with an unknown or used one (101 and then closed, `key-unknown`), with another sub-protocol than
 * binary (400, `subprotocol`), with a wrong answer to its greeting (`handshake-key`) or none in 7 s (`handshake-timeout`),
 * and the seventh console (`console-limit`), among them those whose viewers went without the farewell.
 */
export async function startIdrac9(options: Idrac9Options = {}): Promise<Idrac9> {
  await using undo = new AsyncDisposableStack();
  const vnc = options.vnc ?? undo.use(await startRfbPicture());
  const family = idrac9Family(options, { vnc, files: await readFiles() });
  const controller = undo.use(await startController(family, options));
  const parts = undo.move();
  const close = () => parts.disposeAsync();
  return { ...controller, account: ACCOUNT, close, [Symbol.asyncDispose]: close };
}

interface Parts {
  readonly vnc: VncAddress;
  readonly files: ReadonlyMap<string, StaticFile>;
}

function idrac9Family(options: Idrac9Options, parts: Parts): Family<IdracAttributes> {
  return {
    name: "iDRAC9",
    tls: { minVersion: "TLSv1.2", key: "rsa-2048" },
    limits: { sessions: 8 },
    rules: { requireHost: true, countLeaks: true },
    answerHeaders: () => ({
      Server: "Apache",
      "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
      "X-Frame-Options": "DENY",
    }),
    normalisePath: options.strict?.exactPath === true ? (path) => path : collapseSlashes,
    behave: (context) => behave(context, options, parts),
  };
}

function behave(context: FamilyContext<IdracAttributes>, options: Idrac9Options, { vnc, files }: Parts): Behaviour {
  const { sessions, changes, clock, now, address, port, reject } = context;
  const { consoleOn = "web", licensed = true } = options;
  const ports = { webPort: () => port("web"), consolePort: () => port(consoleOn) };
  const launches = new Launches({ sessions, address, ...ports, licensed, now });
  const slots = new Slots(CONSOLES, changes);
  const sockets = consoleSockets({ sessions, launches, vnc, slots, media: new Slots(1, changes), clock, reject });
  const redfish = { sessions, account: ACCOUNT, paths: SESSION_PATHS, attributes: newAttributes };
  return {
    routes: [
      ...sessionRoutes(sessions, ACCOUNT),
      ...redfishSessionRoutes(redfish),
      ...launches.routes,
      ...pageRoutes(files, sessions),
    ],
    sockets: consoleOn === "web" ? sockets : [],
    ...(consoleOn === "web" ? {} : { ports: { console: { routes: [], sockets } } }),
    held: () => slots.lost,
  };
}
