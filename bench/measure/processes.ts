// What a running program costs, read from /proc: CPU time, memory, descriptors, children included.
// Linux only, as the peers are.
import { readdir, readFile } from "node:fs/promises";

/** /proc counts CPU time in hundredths of a second, whatever the kernel's own tick (proc(5), `stat`). */
const TICKS_PER_SECOND = 100;
/** Fields of `/proc/PID/stat` behind the name, which ends at the last parenthesis: counted from the state. */
const PARENT = 1;
const TIMES = [11, 12, 13, 14];

/** The processes given and every descendant of theirs. */
export async function processTree(roots: readonly number[]): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? await readStat(pid) : undefined;
    if (stat) parents.set(pid, Number(stat[PARENT]));
  }
  return [...parents.keys()].filter((pid) => ancestry(pid, parents).some((one) => roots.includes(one)));
}

/** A process and those above it. */
function ancestry(pid: number, parents: ReadonlyMap<number, number>): readonly number[] {
  const line = [pid];
  for (let up = parents.get(pid); up !== undefined && !line.includes(up); up = parents.get(up)) line.push(up);
  return line;
}

/** CPU seconds of programs, of their children, and of children that have ended already. */
export async function cpuSeconds(roots: readonly number[]): Promise<number> {
  const stats = await Promise.all((await processTree(roots)).map(readStat));
  const ticks = stats.flatMap((stat) => (stat ? TIMES.map((field) => Number(stat[field])) : []));
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}

/** CPU seconds of the whole machine since it was started, in steps of 0.01. */
export interface MachineTimes {
  /** On anything at all, what was stolen included. */
  readonly spent: number;
  /** What the machine wanted and its host gave to others. */
  readonly stolen: number;
}

/** From the first line of `/proc/stat` (proc_stat(5)). */
export async function machineTimes(): Promise<MachineTimes> {
  const [line = ""] = (await readFile("/proc/stat", "utf8")).split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/ +/).slice(1).map(Number);
  const ticks = user + nice + system + irq + softirq + steal;
  return { spent: ticks / TICKS_PER_SECOND, stolen: steal / TICKS_PER_SECOND };
}

/** Proportional set size in bytes: memory shared with others counts by its share. */
export async function pssBytes(roots: readonly number[]): Promise<number> {
  const texts = await Promise.all((await processTree(roots)).map((pid) => readOf(pid, "smaps_rollup")));
  const sizes = texts.map((text) => Number(/^Pss:\s+(\d+) kB$/m.exec(text ?? "")?.[1] ?? 0) * 1024);
  return sizes.reduce((sum, one) => sum + one, 0);
}

/** Open descriptors. */
export async function descriptors(roots: readonly number[]): Promise<number> {
  const lists = await Promise.all((await processTree(roots)).map((pid) => readdir(`/proc/${pid}/fd`)));
  return lists.reduce((sum, list) => sum + list.length, 0);
}

async function readStat(pid: number): Promise<readonly string[] | undefined> {
  const text = await readOf(pid, "stat");
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Undefined where the process has just ended. */
async function readOf(pid: number, name: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${name}`, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
