import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endingWithUs } from "./children.ts";

const MAIN = fileURLToPath(new URL("../../packages/gateway/src/main.ts", import.meta.url));

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Runs as this user and group (number), which needs root. */
  readonly user?: number;
  /** May have so many files and sockets open at once. */
  readonly descriptors?: number;
  /** Sees an empty file system of this size in a folder, which nobody else sees there; needs root. */
  readonly disk?: { readonly folder: string; readonly bytes: number };
  /** Descriptor of a bound socket that it is passed as systemd does it (sd_listen_fds(3)). */
  readonly listenFd?: number;
  /** Descriptor that it has as 3, as a shell passes it. */
  readonly passedFd?: number;
}

/** The command line in a process of its own. */
export interface Command extends AsyncDisposable {
  readonly pid: number;
  /** The first log line of this message, parsed; rejects with all output where the process ends first. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** What it has written once that matches; rejects with all output where the process ends first. */
  wrote(pattern: RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Exit code and what it wrote, once it has ended. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts `sallyport <words>`, with nothing of this process's environment that it would read. */
export function startCommand(
  words: readonly string[],
  { environment = {}, input, user, descriptors, disk, listenFd, passedFd = listenFd }: CommandOptions = {},
): Command {
  const limit = descriptors === undefined ? [] : ["prlimit", `--nofile=${descriptors}`];
  const world = disk === undefined ? [] : worldWith(disk);
  // The process that is named must be the one that runs: `exec` keeps its id.
  const passing = listenFd === undefined ? [] : ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh"];
  const [program = process.execPath, ...args] = [...world, ...passing, ...limit, process.execPath, MAIN, ...words];
  const child = spawn(...endingWithUs(program, args), {
    env: { PATH: process.env.PATH, NO_COLOR: "1", ...environment },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(passedFd === undefined ? [] : [passedFd])],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  if (input !== undefined) child.stdin?.end(input);
  return new RunningCommand(child);
}

/** A mount namespace of its own, which goes with the process. */
function worldWith({ folder, bytes }: NonNullable<CommandOptions["disk"]>): readonly string[] {
  const script = 'mount -t tmpfs -o "size=$2,mode=755" none "$1" && shift 2 && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", folder, String(bytes)];
}

/** Runs `sallyport <words>` to its end. */
export function runCommand(words: readonly string[], options?: CommandOptions): Promise<Ended> {
  return startCommand(words, options).ended;
}

class RunningCommand implements Command {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #out = "";
  #err = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk) => {
      this.#out += chunk;
      child.emit("output");
    });
    child.stderr?.on("data", (chunk) => (this.#err += chunk));
    this.ended = once(child, "close").then(([code]) => ({ code, out: this.#out, err: this.#err }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async logged(message: string): Promise<Record<string, unknown>> {
    for (let over: Ended | undefined; ; ) {
      const line = this.#out.split("\n").find((one) => one.includes(`"message":"${message}"`));
      if (line !== undefined) return JSON.parse(line);
      if (over) throw new Error(`ended with ${over.code} before it logged "${message}":\n${over.out}${over.err}`);
      over = await Promise.race([once(this.#child, "output").then(() => undefined), this.ended]);
    }
  }

  async wrote(pattern: RegExp): Promise<string> {
    for (let over: Ended | undefined; ; ) {
      if (pattern.test(this.#out)) return this.#out;
      if (over) throw new Error(`ended with ${over.code} before it wrote ${pattern}:\n${over.out}${over.err}`);
      over = await Promise.race([once(this.#child, "output").then(() => undefined), this.ended]);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.ended;
  }
}
