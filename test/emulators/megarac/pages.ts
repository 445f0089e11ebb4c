import { join } from "node:path";
import { readPage, takesGzip } from "../core/page-files.ts";
import type { Route } from "../core/routes.ts";
import type { StaticFile } from "../core/static-files.ts";

/** The web page's files by URL path, of the newer firmware or the older. */
export function readFiles(generation: "sp-x" | "sp"): Promise<Map<string, StaticFile>> {
  return readPage(join(import.meta.dirname, generation === "sp-x" ? "web" : "web-sp"), "/");
}

/** Where a file is served under another path than its own. */
const PATHS: Readonly<Record<string, string>> = {
  "/index.html": "/",
  "/libs/kvm/ast/decode-worker.js": "/libs/kvm/ast/decode_worker.js",
};

/** Compressed for who takes that, as lighttpd does. */
export function pageRoutes(files: ReadonlyMap<string, StaticFile>): Route[] {
  return [...files].map(
    ([path, file]): Route => ({
      method: "GET",
      path: PATHS[path] ?? path,
      open: true,
      handle: (exchange) => {
        const gzip = takesGzip(exchange.header("Accept-Encoding"));
        const headers = { "Content-Type": file.type, ...(gzip ? { "Content-Encoding": "gzip" } : {}) };
        exchange.send(200, headers, gzip ? file.gzip : file.plain);
      },
    }),
  );
}
