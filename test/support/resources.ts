import { collectGarbage } from "./collect-garbage.ts";

/** What is alive in this process. */
export interface Resources {
  readonly sockets: number;
  readonly servers: number;
  /** Those that keep the process alive. */
  readonly timers: number;
  /** Bytes that are reachable, outside of the heap as well. */
  readonly memory: number;
}

/** What caches, compiled code and a test's own records may come to. */
const TOLERANCE = 16 * 1024 * 1024;

/** Timers that whoever polls for the end may have, and had not at the base line. */
const POLLING = 3;

/** After a collection of what nobody holds any more. */
export async function settledResources(): Promise<Resources> {
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  const kinds = process.getActiveResourcesInfo();
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  const { heapUsed, external } = process.memoryUsage();
  return {
    sockets: count("TCPSocketWrap"),
    servers: count("TCPServerWrap"),
    timers: count("Timeout"),
    memory: heapUsed + external,
  };
}

/** Whether no more is alive than at the base line. */
export async function isBack(before: Resources): Promise<boolean> {
  const now = await settledResources();
  const same = now.sockets === before.sockets && now.servers === before.servers;
  return same && now.timers <= before.timers + POLLING && now.memory <= before.memory + TOLERANCE;
}
