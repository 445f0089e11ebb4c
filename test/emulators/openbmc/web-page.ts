import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Route } from "../core/routes.ts";
import { readStaticFiles, type StaticFile } from "../core/static-files.ts";

/** The page's own files, and noVNC's as the ES modules they are. */
export async function webPageRoutes(): Promise<Route[]> {
  const page = await readStaticFiles(join(import.meta.dirname, "web"), "/");
  const core = dirname(createRequire(import.meta.url).resolve("@novnc/novnc"));
  const viewer = await readStaticFiles(core, "/novnc/core/");
  const vendor = await readStaticFiles(join(core, "../vendor"), "/novnc/vendor/");
  return [...page, ...viewer, ...vendor].map(([url, file]) => fileRoute(url, file));
}

/** Files lie compressed in the firmware and go out so, whatever the client accepts. */
function fileRoute(url: string, file: StaticFile): Route {
  return {
    method: "GET",
    path: url === "/index.html" ? "/" : url,
    open: true,
    handle: (exchange) => exchange.send(200, { "Content-Type": file.type, "Content-Encoding": "gzip" }, file.gzip),
  };
}
