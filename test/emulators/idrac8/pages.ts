import { join } from "node:path";
import type { Exchange } from "../core/exchange.ts";
import { readPage, takesGzip } from "../core/page-files.ts";
import type { Route } from "../core/routes.ts";
import type { StaticFile } from "../core/static-files.ts";
import { screenshot } from "./screenshot.ts";
import { consoleSession, type IdracSessions, pageSession, redirect } from "./sessions.ts";

/** What the console page needs to know, in a JSON block of it. */
export interface ConsoleLaunch {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface PageParts {
  readonly sessions: IdracSessions;
  /** A new one-time log-in for the console. */
  readonly launch: () => ConsoleLaunch;
}

const VIEWER = "/viewer.html";
const LOGGED_IN = new Set(["/index.html", VIEWER]);
const PLACE = "<!--console-->";

/** The web page's files by URL path, as the firmware holds them. */
export function readFiles(): Promise<Map<string, StaticFile>> {
  return readPage(join(import.meta.dirname, "web"), "/");
}

/** Pages, scripts and pictures. */
export function pageRoutes(files: ReadonlyMap<string, StaticFile>, parts: PageParts): Route[] {
  const { sessions } = parts;
  let shots = 0;
  const shot = (exchange: Exchange) => {
    if (consoleSession(exchange, sessions) === undefined) return;
    shots += 1;
    exchange.send(200, { "Content-Type": "image/png" }, screenshot(shots));
  };
  const open = [...files].filter(([path]) => !LOGGED_IN.has(path));
  return [
    { method: "GET", path: "/", handle: (exchange) => redirect(exchange, "/start.html") },
    ...open.map(([path, file]): Route => ({ method: "GET", path, handle: (exchange) => serveFile(exchange, file) })),
    { method: "GET", path: "/index.html", handle: (exchange) => serveIndex(exchange, sessions, files) },
    { method: "GET", path: "/console", handle: (exchange) => leadToViewer(exchange, sessions) },
    { method: "GET", path: VIEWER, handle: (exchange) => serveViewer(exchange, parts, files) },
    { method: "GET", path: "/capconsole/scapture0.png", handle: shot },
  ];
}

/** Files are stored compressed: who does not take that gets them all the same, as what they are. */
function serveFile(exchange: Exchange, file: StaticFile): void {
  if (takesGzip(exchange.header("Accept-Encoding"))) {
    exchange.send(200, { "Content-Type": file.type, "Content-Encoding": "gzip" }, file.gzip);
  } else {
    exchange.note("gzip");
    exchange.send(200, { "Content-Type": "application/x-gzip" }, file.gzip);
  }
}

function serveIndex(exchange: Exchange, sessions: IdracSessions, files: ReadonlyMap<string, StaticFile>): void {
  const file = files.get("/index.html");
  if (file !== undefined && pageSession(exchange, sessions) !== undefined) serveFile(exchange, file);
}

function leadToViewer(exchange: Exchange, sessions: IdracSessions): void {
  const session = consoleSession(exchange, sessions);
  if (session !== undefined) redirect(exchange, `${VIEWER}?ST1=${session.attributes.st1}`);
}

/** The page that knows the console's port and its one-time log-in. */
function serveViewer(exchange: Exchange, parts: PageParts, files: ReadonlyMap<string, StaticFile>): void {
  if (consoleSession(exchange, parts.sessions) === undefined) return;
  const page = Buffer.from(files.get(VIEWER)?.plain ?? []).toString();
  const launch = `<script type="application/json" id="console">${JSON.stringify(parts.launch())}</script>`;
  exchange.send(200, { "Content-Type": "text/html;charset=UTF-8" }, page.replace(PLACE, launch));
}
