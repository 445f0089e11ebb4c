import { join } from "node:path";
import type { Exchange } from "../core/exchange.ts";
import { readNoVnc } from "../core/novnc-files.ts";
import { readPage, takesGzip } from "../core/page-files.ts";
import type { Route } from "../core/routes.ts";
import type { StaticFile } from "../core/static-files.ts";
import { apiSession, type IdracSessions, redfishSession } from "./sessions.ts";

const START = "/restgui/start.html";

/** The web page's files by URL path. */
export async function readFiles(): Promise<Map<string, StaticFile>> {
  const own = await readPage(join(import.meta.dirname, "web"), "/restgui/");
  return new Map([...own, ...(await readNoVnc("/restgui/novnc/"))]);
}

/** The page, and what it and programs read. */
export function pageRoutes(files: ReadonlyMap<string, StaticFile>, sessions: IdracSessions): Route[] {
  const machine = { power: "On" };
  return [
    { method: "GET", path: "/", handle: (exchange) => exchange.send(302, { Location: START }) },
    ...[...files].map(([path, file]): Route => ({ method: "GET", path, handle: (exchange) => serve(exchange, file) })),
    {
      method: "GET",
      path: "/sysmgmt/2015/bmc/info",
      handle: (exchange) => exchange.json(200, { Attributes: { ADEnabled: "Disabled", BuildVersion: "7.10.30.00" } }),
    },
    { method: "GET", path: "/sysmgmt/2012/server/power", handle: (exchange) => power(exchange, sessions, machine) },
    { method: "POST", path: "/sysmgmt/2012/server/power", handle: (exchange) => power(exchange, sessions, machine) },
    {
      method: "GET",
      path: "/redfish/v1",
      handle: (exchange) =>
        exchange.json(200, { Id: "RootService", Vendor: "Dell", Oem: { Dell: { ServiceTag: "K7F3A01" } } }),
    },
    {
      method: "GET",
      path: "/redfish/v1/Systems/System.Embedded.1",
      handle: (exchange) => {
        if (redfishSession(exchange, sessions) !== undefined) exchange.json(200, { PowerState: machine.power });
      },
    },
  ];
}

/** Only the compressed files exist: for who does not take gzip there is nothing there. */
function serve(exchange: Exchange, file: StaticFile): void {
  if (takesGzip(exchange.header("Accept-Encoding"))) {
    exchange.send(200, { "Content-Type": file.type, "Content-Encoding": "gzip" }, file.gzip);
  } else {
    exchange.refuse(404, "gzip");
  }
}

function power(exchange: Exchange, sessions: IdracSessions, machine: { power: string }): void {
  if (apiSession(exchange, sessions) === undefined) return;
  if (exchange.request.method === "POST") machine.power = exchange.query("action") === "off" ? "Off" : "On";
  exchange.json(200, { power: machine.power });
}
