import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open, readFile } from "node:fs/promises";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** CPUs that it may run on; empty: any. */
  readonly cpus: readonly number[];
  /** A file for what it prints. Absent: its output is read by us, its input written. */
  readonly log?: string;
  /** It is a Node program with a channel to us. */
  readonly ipc?: boolean;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A program under our care: killed and waited for when the block that owns it is left. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Rejects when the program ends, for whoever waits for something else from it. */
  readonly ended: Promise<never>;
}

/** How long a program may take over SIGTERM before it is killed, in milliseconds. */
const PATIENCE = 5_000;
/** Characters of a log that are quoted when its program has ended by itself. */
const QUOTED = 2_000;

/** What was started and has not ended. */
const running = new Set<ChildProcess>();
let stopped = false;

/** Ends every program, for good: whoever waits for something from one of them fails, and leaves nothing behind. */
export function stopAll(): void {
  stopped = true;
  for (const child of running) child.kill("SIGTERM");
}

/** @throws where everything was stopped: what was measured since is not to be trusted */
export function throwIfStopped(): void {
  if (stopped) throw new Error("everything was stopped");
}

/** Starts a program on the CPUs given. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { command, args, cpus, log, environment } = options;
  const pinned = cpus.length > 0 ? ["taskset", "-c", cpus.join(",")] : [];
  const [file = command, ...rest] = [...pinned, command, ...args];
  await using output = log === undefined ? undefined : await open(log, "a");
  throwIfStopped();
  const child = spawn(file, rest, { stdio: stdioOf(options, output), env: { ...process.env, ...environment } });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const exit = once(child, "exit");
  await once(child, "spawn");
  const ended = exit.then(async ([code, signal]): Promise<never> => {
    const last = log === undefined ? "" : `:\n${(await readFile(log, "utf8")).slice(-QUOTED)}`;
    throw new Error(`${command} ended by itself (${signal ?? `exit status ${code}`})${last}`);
  });
  // Only those who wait for something else from it care.
  ended.catch(() => undefined);
  return { process: child, pid: child.pid ?? 0, ended, [Symbol.asyncDispose]: () => stop(child, exit) };
}

function stdioOf({ ipc }: ChildOptions, output: FileHandle | undefined): StdioOptions {
  const streams: StdioOptions = output ? ["ignore", output.fd, output.fd] : ["pipe", "pipe", "inherit"];
  return ipc ? [...streams, "ipc"] : streams;
}

async function stop(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  await exit;
  clearTimeout(killer);
}
