import { readdir } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { processTree } from "./processes.ts";

/**
 * Has programs and their children run before ordinary programs, as far as niceness goes (nice(2)). Else a latency is
 * mostly how long the kernel lets another program finish its turn, which says nothing of who is measured. Not real-time
 * priority (sched(7)): under it threads of one program keep each other waiting for a whole turn, which a program without
 * it never meets; a garbage collector's helpers then cost tens of milliseconds. False where the system does not allow it:
 * it takes root or CAP_SYS_NICE.
 */
export async function prefer(roots: readonly number[]): Promise<boolean> {
  const threads = await Promise.all((await processTree(roots)).map((pid) => readdir(`/proc/${pid}/task`)));
  return threads.flat().every((thread) => preferOne(Number(thread)));
}

/** Threads that it starts later take after it. */
function preferOne(thread: number): boolean {
  try {
    setPriority(thread, constants.priority.PRIORITY_HIGHEST);
    return true;
  } catch (error) {
    // It has ended meanwhile.
    return (error as { info?: { code?: string } }).info?.code === "ESRCH";
  }
}
