import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readStaticFiles, type StaticFile } from "./static-files.ts";

/** noVNC as the ES modules it is: `core/rfb.js` and what that imports. @param prefix a URL path with a slash at both ends */
export async function readNoVnc(prefix: string): Promise<Map<string, StaticFile>> {
  const core = dirname(createRequire(import.meta.url).resolve("@novnc/novnc"));
  const viewer = await readStaticFiles(core, `${prefix}core/`);
  const vendor = await readStaticFiles(join(core, "../vendor"), `${prefix}vendor/`);
  return new Map([...viewer, ...vendor]);
}
