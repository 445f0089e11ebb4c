import { readdir, readFile } from "node:fs/promises";

const PAGE = 4096;
const MIB = 2 ** 20;

/** Resident memory of a process and of those that it started, in MiB. */
export async function memoryOf(pid: number): Promise<number> {
  const sizes = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name)).map((name) => pagesOf(name, pid));
  return ((await Promise.all(sizes)).reduce((sum, pages) => sum + pages, 0) * PAGE) / MIB;
}

/** Of one that is the process, or was started by it; one that ended meanwhile has none. */
async function pagesOf(name: string, pid: number): Promise<number> {
  const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(name) === pid || Number(fields[1]) === pid ? Number(fields[21] ?? 0) : 0;
}
