import { readdir, readFile, writeFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";

/** Until it is disposed of. */
export interface Preference extends AsyncDisposable {
  /** False where the system does not allow it: it takes root or CAP_SYS_NICE. */
  readonly allowed: boolean;
}

/** The niceness of all that this session runs, against other sessions (sched(7), "The autogroup feature"). */
const SESSION = "/proc/self/autogroup";

/**
 * Has processes get more of their CPUs than ordinary programs, as far as niceness goes (nice(2)): else a cost is partly
 * what others left of the caches. A thread's niceness counts among those of its own session, where the kernel groups by
 * sessions: so the session is raised, too, for as long as this is held.
 */
export async function prefer(pids: readonly number[]): Promise<Preference> {
  const threads = await Promise.all(pids.map((pid) => readdir(`/proc/${pid}/task`)));
  const raised = threads.flat().every((thread) => raise(Number(thread)));
  const session = await sessionNiceness();
  const allowed = raised && (session === undefined || (await raiseSession(constants.priority.PRIORITY_HIGHEST)));
  return {
    allowed,
    [Symbol.asyncDispose]: async () => {
      if (session !== undefined && allowed) await raiseSession(session);
    },
  };
}

/** Threads that it starts later take after it. */
function raise(thread: number): boolean {
  try {
    setPriority(thread, constants.priority.PRIORITY_HIGHEST);
    return true;
  } catch (error) {
    // It has ended meanwhile.
    return (error as { info?: { code?: string } }).info?.code === "ESRCH";
  }
}

/** Undefined where the kernel groups nothing by sessions. */
async function sessionNiceness(): Promise<number | undefined> {
  try {
    const nice = /nice (-?\d+)/.exec(await readFile(SESSION, "utf8"))?.[1];
    return nice === undefined ? undefined : Number(nice);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function raiseSession(niceness: number): Promise<boolean> {
  try {
    await writeFile(SESSION, String(niceness));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") return false;
    throw error;
  }
}
