import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import { apiSession, cookieSession, type IdracSessions } from "./sessions.ts";

/** What anybody may ask. */
const OPEN: Readonly<Record<string, string>> = { prodServerGen: "13G" };

/** The page's own interface and the few places that identify the controller. */
export function dataRoutes(sessions: IdracSessions): Route[] {
  const machine = { power: 1 };
  const data = (exchange: Exchange) => serveData(exchange, sessions, machine);
  return [
    { method: "GET", path: "/data", handle: data },
    { method: "POST", path: "/data", handle: data },
    { method: "GET", path: "/session", handle: (exchange) => serveProperty(exchange, sessions) },
    { method: "GET", path: "/cgi-bin/discover", handle: serveDiscovery },
    { method: "GET", path: "/redfish/v1", handle: serveRedfishRoot },
    { method: "GET", path: "/redfish/v1/", handle: serveRedfishRoot },
  ];
}

/** `?get=a,b` reads, `?set=pwState:1` changes; both answer with the values as XML. */
function serveData(exchange: Exchange, sessions: IdracSessions, machine: { power: number }): void {
  const wanted = exchange.query("get") ?? "";
  const open = OPEN[wanted];
  if (open === undefined && apiSession(exchange, sessions) === undefined) return;
  const set = /^pwState:([01])$/.exec(exchange.query("set") ?? "")?.[1];
  if (set !== undefined) machine.power = Number(set);
  const known: Readonly<Record<string, string | number>> = {
    ...OPEN,
    pwState: machine.power,
    sysDesc: "PowerEdge R630",
  };
  const values = wanted.split(",").flatMap((name) => (name in known ? `<${name}>${known[name]}</${name}>` : []));
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<root>${values.join("")}<status>ok</status></root>\n`;
  exchange.send(200, { "Content-Type": "text/xml" }, xml);
}

/** Pages look for the header X_Language, whose underscore some proxies drop it for. */
function serveProperty(exchange: Exchange, sessions: IdracSessions): void {
  if (exchange.query("aimGetProp") !== "fwVersion" && cookieSession(exchange, sessions) === undefined) {
    exchange.refuse(401, "unauthenticated");
    return;
  }
  exchange.json(200, { aimGetProp: { fwVersion: "2.86.86.86", status: "OK" } }, { X_Language: "en" });
}

function serveDiscovery(exchange: Exchange): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<DISCOVER><RESP><RC>0x0</RC><ENDPOINTTYPE>iDRAC8</ENDPOINTTYPE><ENDPOINTVER>1.00</ENDPOINTVER></RESP></DISCOVER>
`;
  exchange.send(200, { "Content-Type": "text/xml" }, xml);
}

/** Redfish 1.4: the sessions lie at Links.Sessions, and not under SessionService. */
function serveRedfishRoot(exchange: Exchange): void {
  exchange.json(200, {
    "@odata.id": "/redfish/v1",
    Id: "RootService",
    RedfishVersion: "1.4.0",
    Links: { Sessions: { "@odata.id": "/redfish/v1/Sessions" } },
    Oem: { Dell: { ManagerMACAddress: "02:00:5e:10:00:08", ServiceTag: "K7F3A01" } },
  });
}
