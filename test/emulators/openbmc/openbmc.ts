import { type Controller, type ControllerOptions, startController } from "../core/controller.ts";
import type { Family, FamilyContext } from "../core/family.ts";
import { startRfbPicture } from "../core/rfb-server.ts";
import type { Route } from "../core/routes.ts";
import { Admission } from "./admission.ts";
import { answerHeaders } from "./answer-headers.ts";
import type { Account, BmcAttributes } from "./authentication.ts";
import { eventStreamRoute } from "./event-stream.ts";
import { kvmSocket, type VncAddress } from "./kvm.ts";
import { Machine } from "./machine.ts";
import { redfishRoutes } from "./redfish.ts";
import { serialSocket } from "./serial-console.ts";
import { sessionRoutes } from "./sessions-api.ts";
import { transferRoutes } from "./transfers.ts";
import { webPageRoutes } from "./web-page.ts";

export interface OpenBmcOptions extends ControllerOptions {
  /** The machine's screen. Default: a test picture drawn in this process. */
  readonly vnc?: VncAddress;
}

/** A running OpenBMC controller. */
export interface OpenBmc extends Controller<BmcAttributes> {
  /** Who can log in. */
  readonly account: Account;
}

/** The account of OpenBMC's default image, with its zero in place of the capital O. */
const ACCOUNT: Account = { user: "root", password: "0penBmc" };

/** Starts an OpenBMC controller: HTTPS, web page, Redfish, `/kvm/0` and `/console/default`. */
export async function startOpenBmc(options: OpenBmcOptions = {}): Promise<OpenBmc> {
  await using undo = new AsyncDisposableStack();
  const vnc = options.vnc ?? undo.use(await startRfbPicture());
  const family = openBmcFamily(vnc, await webPageRoutes());
  const controller = undo.use(await startController(family, options));
  const parts = undo.move();
  const close = () => parts.disposeAsync();
  return { ...controller, account: ACCOUNT, close, [Symbol.asyncDispose]: close };
}

function openBmcFamily(vnc: VncAddress, page: readonly Route[]): Family<BmcAttributes> {
  return {
    name: "OpenBMC",
    tls: { minVersion: "TLSv1.2" },
    // Pings: Boost.Beast's suggested times for a server, half of 300 s without a sign from the client.
    limits: { headerBytes: 8192, connections: 200, connectionIdleMs: 15_000, pingMs: 150_000 },
    answerHeaders,
    // Every route is there with and without a slash at its end.
    normalisePath: (path) => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path),
    behave: (context) => behave(context, vnc, page),
  };
}

function behave(context: FamilyContext<BmcAttributes>, vnc: VncAddress, page: readonly Route[]) {
  const { sessions, now, reject } = context;
  const machine = new Machine();
  const admission = new Admission(sessions, ACCOUNT);
  return {
    admit: admission.admit.bind(admission),
    routes: [
      ...page,
      ...sessionRoutes({ sessions, account: ACCOUNT, admission }),
      ...redfishRoutes(machine, now),
      ...transferRoutes(),
      eventStreamRoute(machine, now),
    ],
    sockets: [kvmSocket(admission, vnc, reject), serialSocket(admission, machine, now)],
  };
}
