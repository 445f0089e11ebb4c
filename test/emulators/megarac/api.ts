import { randomBytes } from "node:crypto";
import type { Exchange } from "../core/exchange.ts";
import { parseObject } from "../core/json.ts";
import type { Route } from "../core/routes.ts";
import type { Tickets } from "../core/tickets.ts";
import { cookieSession, type MegaracSessions } from "./sessions.ts";

/** What a console's token stands for. */
export interface KvmGrant {
  /** The address that the controller saw, which the viewer repeats over the open socket. */
  readonly clientIp: string;
  readonly user: string;
}

export interface ApiParts {
  readonly sessions: MegaracSessions;
  readonly tickets: Tickets<KvmGrant>;
}

const BODY_BYTES = 4096;
const TOKEN_BYTES = 64;

/** What the page and programs read and change. */
export function apiRoutes(parts: ApiParts): Route[] {
  const machine = { power: 1 };
  const token = (exchange: Exchange) => exchange.json(200, issue(exchange, parts));
  return [
    { method: "GET", path: "/api/randomtag", open: true, handle: (exchange) => exchange.json(200, { random: 1 }) },
    {
      method: "GET",
      path: "/api/chassis-status",
      handle: (exchange) => exchange.json(200, { power_status: machine.power, led_status: 0 }),
    },
    {
      method: "GET",
      path: "/api/sensors",
      handle: (exchange) => exchange.json(200, [{ id: 1, name: "Inlet", reading: 22.5, unit: "C" }]),
    },
    { method: "POST", path: "/api/actions/power", handle: (exchange) => switchPower(exchange, machine) },
    { method: "GET", path: "/api/kvm/token", handle: token },
    { method: "POST", path: "/api/kvm/token", handle: token },
    {
      method: "GET",
      path: "/api/settings/media/h5viewercfg",
      handle: (exchange) => exchange.json(200, { ...issue(exchange, parts), kvm_service_status: 1 }),
    },
    {
      method: "GET",
      path: "/redfish/v1",
      open: true,
      handle: (exchange) => exchange.json(200, { Id: "RootService", Product: "AMI Redfish Server" }),
    },
  ];
}

/** A token for one console, with the address of whoever asks. */
function issue(exchange: Exchange, { sessions, tickets }: ApiParts): Readonly<Record<string, string>> {
  const session = cookieSession(exchange, sessions);
  const token = randomBytes(TOKEN_BYTES).toString("hex");
  const clientIp = exchange.entry.peer.address;
  tickets.issue(token, { clientIp, user: session?.user ?? "" });
  const serverIp = exchange.request.socket.localAddress ?? "";
  return { client_ip: clientIp, server_ip: serverIp, token, session: session?.id ?? "" };
}

async function switchPower(exchange: Exchange, machine: { power: number }): Promise<void> {
  const command = parseObject(await exchange.body(BODY_BYTES))?.power_command;
  if (command !== 0 && command !== 1) {
    exchange.refuse(400, "power-command");
    return;
  }
  machine.power = command;
  exchange.json(200, { power_command: command });
}
