import { readdir, readFile } from "node:fs/promises";

const PAGE = 4096;
const MIB = 2 ** 20;

/** What a process and those that it started hold. */
export interface Held {
  /** Resident, in MiB. */
  readonly memory: number;
  /** Files and sockets. */
  readonly descriptors: number;
}

export async function heldBy(pid: number): Promise<Held> {
  const names = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const own = (await Promise.all(names.map((name) => pagesOf(name, pid)))).filter((one) => one !== undefined);
  const files = await Promise.all(own.map(({ name }) => readdir(`/proc/${name}/fd`)));
  return {
    memory: (own.reduce((sum, { pages }) => sum + pages, 0) * PAGE) / MIB,
    descriptors: files.flat().length,
  };
}

/** Undefined where it is neither the process nor started by it, or ended meanwhile. */
async function pagesOf(name: string, pid: number): Promise<{ name: string; pages: number } | undefined> {
  const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const own = Number(name) === pid || Number(fields[1]) === pid;
  return own ? { name, pages: Number(fields[21] ?? 0) } : undefined;
}
