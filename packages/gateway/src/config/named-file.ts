import { readFile } from "node:fs/promises";
import type { Report } from "./report.ts";

/** The text of a file that a setting names; a fault and undefined where it cannot be read. */
export async function readNamedFile(
  keys: readonly string[],
  path: string,
  report: Report,
): Promise<string | undefined> {
  report.files.push(path);
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    report.fault(keys, `names a file that cannot be read (${path}: ${code})`);
    return undefined;
  }
}
