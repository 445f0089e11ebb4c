import { join } from "node:path";
import { readPage } from "../core/page-files.ts";
import type { Route } from "../core/routes.ts";
import type { StaticFile } from "../core/static-files.ts";
import type { Generation } from "./generation.ts";
import { type IloSessions, pageSession } from "./sessions.ts";

const CONSOLE = "/irc.html";

/** The web page's files by URL path. */
export function readFiles(): Promise<Map<string, StaticFile>> {
  return readPage(join(import.meta.dirname, "web"), "/");
}

/** Everything but the console's page is for anybody; that of iLO 6 has a log-in of its own. */
export function pageRoutes(
  files: ReadonlyMap<string, StaticFile>,
  sessions: IloSessions,
  generation: Generation,
): Route[] {
  return [...files].map(
    ([path, file]): Route => ({
      method: "GET",
      path: path === "/index.html" ? "/" : path,
      handle: (exchange) => {
        const closed = path === CONSOLE && generation !== 6;
        if (closed && pageSession(exchange, sessions) === undefined) return;
        exchange.send(200, { "Content-Type": file.type }, file.plain);
      },
    }),
  );
}
