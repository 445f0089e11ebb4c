import { randomBytes } from "node:crypto";
import { type Clock, every } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import { parseObject } from "../core/json.ts";
import type { Route } from "../core/routes.ts";
import type { Generation } from "./generation.ts";
import { type IloSessions, pageSession, redfishSession } from "./sessions.ts";

const EVENT_MS = 10_000;
const RESET_BYTES = 4096;
const SYSTEM = "/redfish/v1/Systems/1";

interface ApiParts {
  readonly sessions: IloSessions;
  readonly generation: Generation;
  readonly clock: Clock;
}

/** What the page and programs read and change. */
export function apiRoutes({ sessions, generation, clock }: ApiParts): Route[] {
  const machine = { power: "On" };
  const root = (exchange: Exchange) => exchange.json(200, serviceRoot(generation));
  const system = (exchange: Exchange) => {
    if (redfishSession(exchange, sessions) !== undefined) exchange.json(200, { Id: "1", PowerState: machine.power });
  };
  // Paths of this firmware end in a slash or do not, as the caller likes.
  return [
    ...both("GET", "/redfish/v1", root),
    ...both("GET", SYSTEM, system),
    ...both("POST", `${SYSTEM}/Actions/ComputerSystem.Reset`, (exchange) => reset(exchange, sessions, machine)),
    remoteConsoleInfo(sessions, generation),
    { method: "GET", path: "/xmldata", handle: (exchange) => describe(exchange, generation) },
    { method: "GET", path: "/sse/ui", handle: (exchange) => streamEvents(exchange, sessions, clock) },
  ];
}

function both(method: string, path: string, handle: Route["handle"]): Route[] {
  return [
    { method, path, handle },
    { method, path: `${path}/`, handle },
  ];
}

/** Keys of the console for native clients: a secret in a body. iLO 4 has it elsewhere than its successors. */
function remoteConsoleInfo(sessions: IloSessions, generation: Generation): Route {
  const body = { enc_key: randomBytes(16).toString("hex"), rc_port: 17_990, vm_port: 17_988 };
  const serve = (exchange: Exchange) => {
    const session = generation === 4 ? pageSession(exchange, sessions) : redfishSession(exchange, sessions);
    if (session !== undefined) exchange.json(200, body);
  };
  return { method: "GET", path: generation === 4 ? "/json/rc_info" : "/redfish/v1/Managers/1/RcInfo/", handle: serve };
}

/** A change needs the header X-Auth-Token: the cookie alone does not do. */
async function reset(exchange: Exchange, sessions: IloSessions, machine: { power: string }): Promise<void> {
  if (redfishSession(exchange, sessions) === undefined) return;
  const type = parseObject(await exchange.body(RESET_BYTES))?.ResetType;
  machine.power = type === "ForceOff" ? "Off" : "On";
  exchange.json(200, { PowerState: machine.power });
}

/** Who this is, for anybody who asks. */
function describe(exchange: Exchange, generation: Generation): void {
  const xml = `<?xml version="1.0"?>
<RIMP><HSI><SPN>ProLiant DL380</SPN><SBSN>K7F3A01</SBSN></HSI><MP><PN>Integrated Lights-Out ${generation}</PN></MP></RIMP>
`;
  exchange.send(200, { "Content-Type": "text/xml" }, xml);
}

/** An event at once and then one every ten seconds: nobody must hold them back. */
function streamEvents(exchange: Exchange, sessions: IloSessions, clock: Clock): void {
  if (pageSession(exchange, sessions) === undefined) return;
  const response = exchange.head(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  let number = 0;
  const send = () => {
    number += 1;
    response.write(`event: ui\ndata: {"number":${number}}\n\n`);
  };
  const stop = every(clock, EVENT_MS, send);
  response.on("close", stop);
  send();
}

function serviceRoot(generation: Generation): object {
  const oem = generation === 4 ? { Hp: { Manager: [{ ManagerType: "iLO 4" }] } } : { Hpe: { Manager: [{}] } };
  return { "@odata.id": "/redfish/v1/", Id: "RootService", RedfishVersion: "1.6.0", Oem: oem };
}
