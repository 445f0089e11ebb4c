import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isTool } from "./machine.ts";
import { processTree } from "./processes.ts";

/** Of 99 (sched(7)): before every ordinary program, behind the kernel's own. */
const PRIORITY = "10";

/**
 * Has programs and their children run as soon as they have something to do, whatever ordinary programs want (SCHED_RR).
 * Else a latency is mostly how long the kernel lets another program finish its turn, which says nothing of who is
 * measured. False where the system does not allow it: it takes root or CAP_SYS_NICE, and util-linux' `chrt`.
 */
export async function prefer(roots: readonly number[]): Promise<boolean> {
  if (!isTool("chrt")) return false;
  const pids = await processTree(roots);
  const outcomes = await Promise.allSettled(pids.map(preferOne));
  return outcomes.every(({ status }) => status === "fulfilled");
}

/** With all its threads; those that it starts later take after it. */
function preferOne(pid: number): Promise<unknown> {
  return promisify(execFile)("chrt", ["--rr", "--all-tasks", "--pid", PRIORITY, String(pid)]);
}
