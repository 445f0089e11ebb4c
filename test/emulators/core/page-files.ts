import { join } from "node:path";
import { readStaticFiles, type StaticFile } from "./static-files.ts";

/**
 * A family's web page: its own files, and those that the emulators share, as `shared/picture.js` and `shared/page.css`.
 *
 * @param prefix the URL path that stands for the folder, with a slash at both ends
 * @returns each file by its URL path
 */
export async function readPage(folder: string, prefix: string): Promise<Map<string, StaticFile>> {
  const own = await readStaticFiles(folder, prefix);
  const shared = await readStaticFiles(join(import.meta.dirname, "web"), `${prefix}shared/`);
  return new Map([...own, ...shared]);
}

/** Whether a client takes gzip, as firmware finds out: by the word. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return /\bgzip\b/.test(acceptEncoding ?? "");
}
