import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Environment } from "../config/environment.ts";
import type { Call } from "../store/sqlite/operations.ts";
import { StoreError } from "../store/store.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";
import type { ToParent, ToWorker } from "./messages.ts";
import { nodeOptions, optionsLacking } from "./node-options.ts";
import { RunError } from "./running.ts";
import type { User } from "./user.ts";

const PROGRAM = fileURLToPath(new URL("./worker-main.ts", import.meta.url));

/** Where a worker finds the socket that it listens on: behind standard streams and the channel to its parent. */
export const INHERITED_SOCKET = 4;

/** A worker that is too busy to count for so long is left out of the sum, in milliseconds. */
const SNAPSHOT_WAIT = 1_000;

/** What a worker that leaves may be late to say so, in milliseconds. */
const LEAVE_GRACE = 1_000;

const GONE = "the process that had the store open is gone: try again";

export interface WorkerOptions {
  /** File descriptor of the socket. */
  readonly socket: number;
  readonly environment: Environment;
  /** Whom it runs as; absent: as ourselves. */
  readonly user?: User | undefined;
  /** Told of what it has counted when it ends by itself. */
  readonly onCounted: (last: MetricsSnapshot) => void;
}

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Milliseconds. */
  readonly age: number;
}

/** One worker process as its parent sees it. */
export class WorkerProcess {
  /** Settles with the port when it serves; rejects where it ends before. */
  readonly ready: Promise<number>;
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  readonly #snapshots = new Map<number, (snapshot: MetricsSnapshot | undefined) => void>();
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #left = Promise.withResolvers<void>();
  #requests = 0;
  #counts = false;

  constructor({ socket, environment, user, onCounted }: WorkerOptions) {
    const born = performance.now();
    this.#child = fork(PROGRAM, [], {
      stdio: ["ignore", "inherit", "inherit", "ipc", socket],
      serialization: "advanced",
      execArgv: [...optionsLacking(nodeOptions("web"), { execArgv: [], environment })],
      env: { ...environment },
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.ready = promise;
    this.ended = new Promise((settle) => {
      const end = (code: number | null, signal: string | null) => {
        reject(new RunError(`a worker process ended with ${signal ?? code} before it served`));
        for (const take of this.#snapshots.values()) take(undefined);
        for (const request of this.#calls.keys()) this.#takeAnswer({ request, answer: undefined, failure: GONE });
        settle({ code, signal, age: performance.now() - born });
      };
      this.#child.once("exit", end);
      // Where it could not even be started there is no exit. Of one that was killed just now each message fails, too.
      this.#child.on("error", (error) => {
        reject(new RunError(`a worker process could not be started (${error.message})`, { cause: error }));
        if (this.#child.pid === undefined) end(null, null);
      });
    });
    this.#child.on("message", (message: ToParent) => {
      if (message.kind === "ready") {
        this.#counts = true;
        resolve(message.port);
      } else if (message.kind === "counted") {
        this.#counts = false;
        onCounted(message.snapshot);
      } else if (message.kind === "failed") reject(new RunError(message.message));
      else if (message.kind === "left") this.#left.resolve();
      else if (message.kind === "store") this.#takeAnswer(message);
      else this.#snapshots.get(message.request)?.(message.snapshot);
    });
  }

  /** It has something to say when it is asked for a snapshot: it serves, or goes on with what it has. */
  get counts(): boolean {
    return this.#counts;
  }

  /** Told nothing where it is on its way out. */
  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Lets another take over: it goes on with what is open for `limit` milliseconds, and is killed `grace` after that. */
  async handOver(limit: number, grace: number): Promise<void> {
    await this.leave(limit);
    await this.drain(grace);
  }

  /** Has it take no more; settles when what it has open is over, the time is, or it has ended. Then it is to be drained. */
  async leave(limit: number): Promise<void> {
    this.send({ kind: "leave", limit });
    await Promise.race([this.#left.promise, this.ended, wait(limit + LEAVE_GRACE, undefined, { ref: false })]);
  }

  /** Lets it finish, and kills it `limit` milliseconds later. Whether it ended by itself and well. */
  async drain(limit: number): Promise<boolean> {
    const timer = setTimeout(() => this.kill(), limit);
    this.send({ kind: "drain" });
    const { code } = await this.ended;
    clearTimeout(timer);
    return code === 0;
  }

  /** Has it do something with the store that it has open. @throws StoreError */
  askStore(call: Call): Promise<unknown> {
    this.#requests += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#calls.set(this.#requests, waiting);
    this.send({ kind: "store", request: this.#requests, call });
    return waiting.promise;
  }

  #takeAnswer({ request, answer, failure }: Omit<Extract<ToParent, { kind: "store" }>, "kind">): void {
    const waiting = this.#calls.get(request);
    this.#calls.delete(request);
    if (failure === undefined) waiting?.resolve(answer);
    else waiting?.reject(new StoreError(failure));
  }

  /** Its metrics; undefined where it does not answer in time. */
  snapshot(): Promise<MetricsSnapshot | undefined> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const take = (snapshot: MetricsSnapshot | undefined) => {
        clearTimeout(timer);
        this.#snapshots.delete(request);
        resolve(snapshot);
      };
      const timer = setTimeout(() => take(undefined), SNAPSHOT_WAIT);
      this.#snapshots.set(request, take);
      this.send({ kind: "metrics", request });
    });
  }
}
