// An iDRAC8 (13G, firmware 2.81 and newer) as far as a proxy can get it wrong: its positional log-in form, the tokens ST1
// and ST2, its check of Host, files that are only there compressed, and a console on port 5900. What is not known of the
// console's protocol is this emulator's own, and named so where it is defined.
import type { Account } from "../core/account.ts";
import { type Controller, type ControllerOptions, clockOf, startController } from "../core/controller.ts";
import { randomDigits } from "../core/digits.ts";
import type { Behaviour, Family, FamilyContext } from "../core/family.ts";
import { collapseSlashes } from "../core/paths.ts";
import { redfishSessionRoutes } from "../core/redfish-sessions.ts";
import { type Bursts, Screen } from "../core/screen.ts";
import { Slots } from "../core/slots.ts";
import type { StaticFile } from "../core/static-files.ts";
import { Tickets } from "../core/tickets.ts";
import { consolePort } from "./console.ts";
import { dataRoutes } from "./data.ts";
import { loginRoutes } from "./login.ts";
import { pageRoutes, readFiles } from "./pages.ts";
import { type IdracAttributes, newAttributes } from "./sessions.ts";

/** Stricter than is known of real ones. */
export interface Idrac8Strictness {
  /** A path with two slashes in a row is another path: 404. */
  readonly exactPath?: boolean;
  /** The seventh connection at once, on either port, is reset. */
  readonly sixConnections?: boolean;
}

export interface Idrac8Options extends ControllerOptions {
  readonly strict?: Idrac8Strictness;
  /** The console sends 40 kB packets beside its picture. */
  readonly bursts?: Bursts;
  /** A console that is cut instead of closed keeps its slot. Default: it is freed. */
  readonly leakSlots?: boolean;
}

export interface Idrac8 extends Controller<IdracAttributes> {
  readonly account: Account;
  readonly screen: Screen;
}

const ACCOUNT: Account = { user: "root", password: "calvin" };
const CONSOLES = 6;
const TICKET_MS = 60_000;

/**
 * Starts an iDRAC8: HTTPS, and WebSockets on the second port `console` (5900 in the field).
 *
 * Refused as real ones refuse (live captures of firmware 2.81 to 2.86): a foreign Host with 400, a log-in whose
 * fields come in another order (`login-order`), /data without the header ST2 (401, `st2`), console pages without ST1
 * (302, `st1`), pages without the cookie (302, `unauthenticated`), and files for who does not take gzip are sent as
 * application/x-gzip (`gzip`). A sub-protocol other than lws-dvc-protocol (400, `subprotocol`) follows from captures in
 * which it is always offered.
 */
export async function startIdrac8(options: Idrac8Options = {}): Promise<Idrac8> {
  const screen = new Screen(clockOf(options), options.bursts);
  const parts = { screen, files: await readFiles(), leakSlots: options.leakSlots ?? false };
  const controller = await startController(idrac8Family(options.strict ?? {}, parts), options);
  return { ...controller, account: ACCOUNT, screen };
}

interface Parts {
  readonly screen: Screen;
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly leakSlots: boolean;
}

function idrac8Family(strict: Idrac8Strictness, parts: Parts): Family<IdracAttributes> {
  return {
    name: "iDRAC8",
    tls: { minVersion: "TLSv1", maxVersion: "TLSv1.2", ciphers: "DEFAULT:@SECLEVEL=0", key: "rsa-2048" },
    limits: {
      sessions: 8,
      connectionIdleMs: 60_000,
      requestsPerConnection: 199,
      ...(strict.sixConnections === true ? { connections: 6 } : {}),
    },
    rules: { requireHost: true, countLeaks: true },
    answerHeaders: () => ({
      Server: "Mbedthis-Appweb",
      "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
      "X-Frame-Options": "SAMEORIGIN",
    }),
    normalisePath: strict.exactPath === true ? (path) => path : collapseSlashes,
    behave: (context) => behave(context, parts),
  };
}

function behave(context: FamilyContext<IdracAttributes>, { screen, files, leakSlots }: Parts): Behaviour {
  const { sessions, changes, now, port, reject } = context;
  const tickets = new Tickets<string>(now, TICKET_MS);
  const slots = new Slots(CONSOLES, changes);
  const launch = () => {
    const [user, password] = [randomDigits(10), randomDigits(10)];
    tickets.issue(user, password);
    return { port: port("console"), user, password };
  };
  const redfish = { sessions, account: ACCOUNT, paths: ["/redfish/v1/Sessions"], attributes: newAttributes };
  return {
    routes: [
      ...loginRoutes(sessions, ACCOUNT),
      ...dataRoutes(sessions),
      ...redfishSessionRoutes(redfish),
      ...pageRoutes(files, { sessions, launch }),
    ],
    sockets: [],
    ports: { console: consolePort({ screen, slots, tickets, reject, leakSlots }) },
    held: () => slots.lost,
  };
}
