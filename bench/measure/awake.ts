import { startLoad } from "../load/program.ts";

/** CPUs that do not sleep, until it is disposed of. */
export interface Awake extends AsyncDisposable {
  /** What keeps them so: one process a CPU. */
  readonly pids: readonly number[];
}

/**
 * Keeps CPUs from going to sleep, by a program on each that runs only while nobody else wants to (`SCHED_IDLE`, sched(7)).
 * A virtual machine's CPU that sleeps is the host's, which gives it back when it likes: where others were at work there,
 * messages waited for whole milliseconds, 4,000 times a second. A real one takes tens of microseconds out of deep sleep.
 */
export async function keepAwake(program: string, cpus: readonly number[]): Promise<Awake> {
  await using stack = new AsyncDisposableStack();
  const pids: number[] = [];
  for (const cpu of new Set(cpus)) {
    const waker = stack.use(await startLoad({ program, mode: "awake", options: {}, cpus: [cpu] }));
    await waker.next("ready");
    pids.push(waker.pid);
  }
  const owned = stack.move();
  return { pids, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
