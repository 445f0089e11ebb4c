import { join } from "node:path";
import { readPage } from "../core/page-files.ts";
import type { Route } from "../core/routes.ts";
import type { StaticFile } from "../core/static-files.ts";
import { isPage } from "./cgi.ts";

/** The web page's files by URL path, and the pages that only url_redirect.cgi gives out. */
export function readFiles(): Promise<Map<string, StaticFile>> {
  return readPage(join(import.meta.dirname, "web"), "/");
}

export function fileRoutes(files: ReadonlyMap<string, StaticFile>): Route[] {
  const open = [...files].filter(([path]) => !isPage(path));
  return open.map(
    ([path, file]): Route => ({
      method: "GET",
      path: path === "/index.html" ? "/" : path,
      handle: (exchange) => exchange.send(200, { "Content-Type": file.type }, file.plain),
    }),
  );
}
