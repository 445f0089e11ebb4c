import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { storeFile } from "./open.ts";

/** What would keep the embedded store from being opened by who asks, in words; undefined: nothing that can be seen. */
export async function placeFault(dataDir: string): Promise<string | undefined> {
  const file = resolve(storeFile(dataDir));
  const { path, fault } = await nearest(file);
  if (fault !== undefined) return `${path}: ${fault}`;
  const needed = constants.W_OK | (path === file ? constants.R_OK : constants.X_OK);
  const usable = await access(path, needed).then(
    () => true,
    () => false,
  );
  return usable ? undefined : `${path} cannot be written by the user that asks (${process.getuid?.()})`;
}

/** The path itself, or what there is of the way to it. */
async function nearest(path: string): Promise<{ readonly path: string; readonly fault?: string }> {
  try {
    await stat(path);
    return { path };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return nearest(dirname(path));
    return { path, fault: code === "ENOTDIR" ? "a part of it is a file, not a folder" : message };
  }
}
