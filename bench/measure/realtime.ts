import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Of real-time priorities (sched(7)) the least. */
const PRIORITY = "1";

/**
 * Has processes of one thread run at once whenever they have something to do, before everything without a real-time
 * priority (`SCHED_RR`): niceness decides who gets more of a CPU, not when, and another program's turn is longer than the
 * tails that are measured. Not for a program of several threads: V8's main thread turns and turns while it waits for what
 * a helper sweeps (`IncrementalSweepTask`), and a helper that may not run before it, on the same CPU, never gets there.
 * False where the system does not allow it: it takes root or CAP_SYS_NICE.
 */
export async function runAtOnce(pids: readonly number[]): Promise<boolean> {
  const done = await Promise.all(pids.map((pid) => chrt(pid)));
  return done.every((allowed) => allowed);
}

async function chrt(pid: number): Promise<boolean> {
  try {
    await promisify(execFile)("chrt", ["--rr", "--pid", PRIORITY, String(pid)]);
    return true;
  } catch (error) {
    // It has said why, or is not there.
    if ("stderr" in (error as Error)) return false;
    throw error;
  }
}
