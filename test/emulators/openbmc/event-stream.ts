import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { Machine, Readings } from "./machine.ts";

const EVERY_MS = 1000;

/** A server-sent event stream that never ends by itself: one Redfish event at once, then one a second. */
export function eventStreamRoute(machine: Machine, now: () => number): Route {
  return { method: "GET", path: "/redfish/v1/EventService/SSE", handle: (exchange) => stream(exchange, machine, now) };
}

function stream(exchange: Exchange, machine: Machine, now: () => number): void {
  const response = exchange.head(200, { "Content-Type": "text/event-stream" });
  let id = 0;
  const send = () => {
    id += 1;
    response.write(`id: ${id}\ndata: ${JSON.stringify(event(id, machine, machine.readings(now())))}\n\n`);
  };
  const timer = setInterval(send, EVERY_MS);
  response.on("close", () => clearInterval(timer));
  send();
}

function event(id: number, machine: Machine, readings: Readings): object {
  return {
    "@odata.type": "#Event.v1_9_0.Event",
    Id: String(id),
    Name: "Readings",
    Events: [
      {
        MemberId: "0",
        MessageId: "Emulator.1.0.Readings",
        Severity: "OK",
        Message: `The machine is ${machine.power} and draws ${readings.watts} W.`,
        Oem: { Emulator: { PowerState: machine.power, ...readings } },
      },
    ],
  };
}
