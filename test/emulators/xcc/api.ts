import { randomDigits } from "../core/digits.ts";
import type { Exchange } from "../core/exchange.ts";
import { parseObject } from "../core/json.ts";
import type { Route } from "../core/routes.ts";
import type { Tickets } from "../core/tickets.ts";

export interface ApiParts {
  readonly consolePort: () => number;
  /** One-time keys for a console. */
  readonly tickets: Tickets<true>;
}

const KEY_DIGITS = 24;
const BODY_BYTES = 4096;

/** Where the remote presence is, who may open it, and the machine's power. */
export function apiRoutes({ consolePort, tickets }: ApiParts): Route[] {
  const machine = { power: "On" };
  return [
    {
      method: "GET",
      path: "/api/providers/rp_port",
      handle: (exchange) => exchange.json(200, { return: 0, rp_port: consolePort() }),
    },
    {
      method: "POST",
      path: "/api/providers/rp_session",
      handle: (exchange) => {
        const key = randomDigits(KEY_DIGITS);
        tickets.issue(key, true);
        exchange.json(200, { return: 0, session_key: key });
      },
    },
    {
      method: "GET",
      path: "/api/providers/power",
      handle: (exchange) => exchange.json(200, { return: 0, power: machine.power }),
    },
    { method: "POST", path: "/api/providers/power", handle: (exchange) => switchPower(exchange, machine) },
  ];
}

async function switchPower(exchange: Exchange, machine: { power: string }): Promise<void> {
  const { power } = parseObject(await exchange.body(BODY_BYTES)) ?? {};
  machine.power = power === "Off" ? "Off" : "On";
  exchange.json(200, { return: 0, power: machine.power });
}
