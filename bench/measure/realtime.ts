import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Real-time priorities (sched(7)) of a program's helper threads, and of its main one. */
const HELPERS = 1;
const MAIN = 2;

/**
 * Has the processes' threads run before everything that has no real-time priority (`SCHED_RR`): a niceness decides who gets
 * more of a CPU, not who gets it at once, and another program's turn is longer than the tails that are measured. A
 * program's main thread runs before its helpers: with one priority for all, a compiler's or collector's thread keeps the
 * one that moves bytes waiting for a whole turn of 100 ms. Threads that are started later take after their starter.
 * False where the system does not allow it: it takes root or CAP_SYS_NICE.
 */
export async function preferAtOnce(pids: readonly number[]): Promise<boolean> {
  const done = await Promise.all(pids.map(preferProcess));
  return done.every((allowed) => allowed);
}

async function preferProcess(pid: number): Promise<boolean> {
  return (
    (await chrt("--all-tasks", "--pid", String(HELPERS), String(pid))) &&
    (await chrt("--pid", String(MAIN), String(pid)))
  );
}

async function chrt(...words: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)("chrt", ["--rr", ...words]);
    return true;
  } catch (error) {
    // It says why on its standard error: not permitted, or not there.
    if ("stderr" in (error as Error)) return false;
    throw error;
  }
}
