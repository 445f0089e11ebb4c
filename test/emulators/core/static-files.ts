import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** A file as firmware holds it: compressed once, mostly served so to everyone. */
export interface StaticFile {
  readonly type: string;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly plain: Uint8Array<ArrayBuffer>;
}

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css;charset=UTF-8",
  ".html": "text/html;charset=UTF-8",
  // What iDRAC8 calls its scripts by; it serves them so, and a browser runs them unless told not to sniff.
  ".jsesp": "text/html",
  ".js": "application/javascript;charset=UTF-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

/**
 * Reads the files of a folder whose types are known.
 *
 * @param prefix the URL path that stands for the folder, with a slash at both ends
 * @returns each file by its URL path
 */
export async function readStaticFiles(folder: string, prefix: string): Promise<Map<string, StaticFile>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((file) => file.isFile() && extname(file.name) in TYPES);
  const entries = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    const url = prefix + relative(folder, path).split(sep).join("/");
    const type = TYPES[extname(file.name)] ?? "";
    const plain = await readFile(path);
    return [url, { type, gzip: new Uint8Array(await compress(plain)), plain: new Uint8Array(plain) }] as const;
  });
  return new Map(await Promise.all(entries));
}
