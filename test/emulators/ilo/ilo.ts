// An iLO 4, 5 or 6 as far as a proxy can get it wrong: a handshake that is read to the letter, a console opened from a
// Web Worker without a sub-protocol, a session key that travels as cookie, as header and over the open socket, an event
// stream that must not be held back, and Redfish sessions that open no console.
import type { Account } from "../core/account.ts";
import { type Controller, type ControllerOptions, clockOf, startController } from "../core/controller.ts";
import type { Behaviour, Family, FamilyContext } from "../core/family.ts";
import { collapseSlashes } from "../core/paths.ts";
import { redfishSessionRoutes } from "../core/redfish-sessions.ts";
import { type Bursts, Screen } from "../core/screen.ts";
import { Slots } from "../core/slots.ts";
import type { StaticFile } from "../core/static-files.ts";
import { apiRoutes } from "./api.ts";
import { consoleSocket } from "./console.ts";
import type { Generation } from "./generation.ts";
import { pageRoutes, readFiles } from "./pages.ts";
import { type IloAttributes, sessionRoutes } from "./sessions.ts";

/** Stricter than is known of real ones. */
export interface IloStrictness {
  /** A foreign Host: 403. */
  readonly foreignHost?: boolean;
  /** An empty Sec-WebSocket-Protocol line is refused as one with a name is. */
  readonly emptySubprotocol?: boolean;
  /** A path with two slashes in a row is another path: 404. */
  readonly exactPath?: boolean;
}

export interface IloOptions extends ControllerOptions {
  /** Default: 5. */
  readonly generation?: Generation;
  readonly strict?: IloStrictness;
  /** The console sends 40 kB packets beside its picture. */
  readonly bursts?: Bursts;
}

export interface Ilo extends Controller<IloAttributes> {
  readonly account: Account;
  readonly screen: Screen;
}

const ACCOUNT: Account = { user: "Administrator", password: "K7F3-ilo" };
/** Both tables are finite; how long they are is not known, and these figures are this emulator's own. */
const SESSIONS = 24;
const CONSOLES = 4;

const SESSION_PATHS = ["/redfish/v1/Sessions/", "/redfish/v1/Sessions", "/redfish/v1/SessionService/Sessions/"];

/**
 * Starts an iLO.
 *
 * Refused as recipes and clients in the field say: a Connection header of a handshake other than `Upgrade` with its capital
 * (400, `handshake-connection`; one recipe for iLO 5), any sub-protocol (400, `handshake-subprotocol`), an Origin other
 * than its own (403, `origin`), a console without the cookie (401, `unauthenticated`) or with a Redfish session's key (401,
 * `redfish-session`), a wrong key over the open socket (closed, `console-key`), a change without X-Auth-Token (401,
 * `auth-token`), a log-in whose body does not begin with a brace (400, `login-form`).
 */
export async function startIlo(options: IloOptions = {}): Promise<Ilo> {
  const screen = new Screen(clockOf(options), options.bursts);
  const family = iloFamily(options, { screen, files: await readFiles() });
  return { ...(await startController(family, options)), account: ACCOUNT, screen };
}

interface Parts {
  readonly screen: Screen;
  readonly files: ReadonlyMap<string, StaticFile>;
}

function iloFamily({ generation = 5, strict = {} }: IloOptions, parts: Parts): Family<IloAttributes> {
  return {
    name: `iLO ${generation}`,
    // iLO 4 speaks TLS 1.0 too unless it is told not to.
    tls: { minVersion: generation === 4 ? "TLSv1" : "TLSv1.2", ciphers: "DEFAULT:@SECLEVEL=0", key: "rsa-2048" },
    limits: { sessions: SESSIONS },
    rules: {
      requireOrigin: "upgrades",
      exactConnection: true,
      noSubprotocol: true,
      countLeaks: true,
      ...(strict.foreignHost === true ? { requireHost: 403 } : {}),
      ...(strict.emptySubprotocol === true ? { noEmptySubprotocol: true } : {}),
    },
    answerHeaders: () => ({
      "X-Frame-Options": "SAMEORIGIN",
      "Content-Security-Policy": "frame-ancestors 'self'",
    }),
    normalisePath: strict.exactPath === true ? (path) => path : collapseSlashes,
    behave: (context) => behave(context, generation, parts),
  };
}

function behave(context: FamilyContext<IloAttributes>, generation: Generation, { screen, files }: Parts): Behaviour {
  const { sessions, changes, clock, reject } = context;
  const attributes = (): IloAttributes => ({ pool: "redfish" });
  return {
    routes: [
      ...sessionRoutes(sessions, ACCOUNT),
      ...redfishSessionRoutes({ sessions, account: ACCOUNT, paths: SESSION_PATHS, attributes }),
      ...apiRoutes({ sessions, generation, clock }),
      ...pageRoutes(files, sessions, generation),
    ],
    sockets: [consoleSocket({ sessions, screen, slots: new Slots(CONSOLES, changes), reject })],
  };
}
