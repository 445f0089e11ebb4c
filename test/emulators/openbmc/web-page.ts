import { join } from "node:path";
import { readNoVnc } from "../core/novnc-files.ts";
import type { Route } from "../core/routes.ts";
import { readStaticFiles, type StaticFile } from "../core/static-files.ts";

/** The page's own files, and noVNC's. */
export async function webPageRoutes(): Promise<Route[]> {
  const page = await readStaticFiles(join(import.meta.dirname, "web"), "/");
  const viewer = await readNoVnc("/novnc/");
  return [...page, ...viewer].map(([url, file]) => fileRoute(url, file));
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
