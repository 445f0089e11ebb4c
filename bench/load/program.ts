// The load: clients and the controller's stand-in, one compiled program, and how it is started and listened to.
import { createInterface, type Interface } from "node:readline";
import { type Child, startChild } from "../measure/child.ts";

/** Percentiles in microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly count: number;
}

/** What the program prints, one JSON object a line. */
export type LoadEvent =
  | { readonly event: "listening"; readonly port: number }
  | { readonly event: "ready"; readonly connections: number }
  | LoadEnd
  | { readonly event: "spent"; readonly seconds: readonly number[] }
  | { readonly event: "fault"; readonly connection: number; readonly fault: string };

/** What was done and checked in a turn. */
export interface LoadEnd {
  readonly event: "end";
  /** Until all that was begun was done. */
  readonly seconds: number;
  readonly units: number;
  readonly bytes: number;
  /** TLS handshakes that resumed a session. */
  readonly resumed: number;
  readonly latency?: Latency;
}

export interface LoadProgram extends AsyncDisposable {
  readonly pid: number;
  /** The next event, which must be of this kind; rejects with the load's own words where it is a fault. */
  next<Kind extends LoadEvent["event"]>(kind: Kind): Promise<Extract<LoadEvent, { event: Kind }>>;
  /**
   * A client that is ready: so many seconds of load, and the end of what is under way then. Between turns nothing is asked
   * of the peer; connections that it closes meanwhile are made anew before the next turn. A stream goes on.
   */
  turn(seconds: number): Promise<LoadEnd>;
  /** A clock: CPU seconds that each group of processes has spent, threads that ended included, to the nanosecond. */
  spent(groups: readonly (readonly number[])[]): Promise<readonly number[]>;
}

export interface LoadOptions {
  readonly program: string;
  /** `backend`, `clock`, `awake` or a case's name. */
  readonly mode: string;
  /** Long options without their dashes; `true` is one without a value. */
  readonly options: Readonly<Record<string, string | number | true>>;
  readonly cpus: readonly number[];
}

export async function startLoad({ program, mode, options, cpus }: LoadOptions): Promise<LoadProgram> {
  const args = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const child = await startChild({ command: program, args: [mode, ...args], cpus });
  const { stdin, stdout } = child.process;
  // What it is told once it has ended: its end says why.
  stdin?.on("error", () => undefined);
  if (!stdout) throw new Error("the load has no output");
  const lines = createInterface({ input: stdout });
  const events = lines[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    next: (kind) => nextEvent(events, kind),
    turn: (seconds) => {
      stdin?.write(`${seconds}\n`);
      return nextEvent(events, "end");
    },
    spent: async (groups) => {
      stdin?.write(`${groups.map((pids) => pids.join(" ")).join(";")}\n`);
      return (await nextEvent(events, "spent")).seconds;
    },
    [Symbol.asyncDispose]: () => dispose(child, lines),
  };
}

async function nextEvent<Kind extends LoadEvent["event"]>(
  events: AsyncIterator<string>,
  kind: Kind,
): Promise<Extract<LoadEvent, { event: Kind }>> {
  const { value, done } = await events.next();
  if (done) throw new Error(`the load ended before "${kind}"`);
  const event = JSON.parse(value) as LoadEvent;
  if (event.event === "fault") throw new Error(`connection ${event.connection}: ${event.fault}`);
  if (event.event !== kind) throw new Error(`the load says "${event.event}" instead of "${kind}"`);
  return event as Extract<LoadEvent, { event: Kind }>;
}

async function dispose(child: Child, lines: Interface): Promise<void> {
  child.process.stdin?.end();
  await child[Symbol.asyncDispose]();
  lines.close();
}
