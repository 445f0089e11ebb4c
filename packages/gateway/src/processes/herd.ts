import cluster, { type Worker } from "node:cluster";
import type { CertificatePair } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Log } from "../telemetry/log.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";
import type { ToParent, ToWorker } from "./messages.ts";

export interface HerdOptions {
  readonly count: number;
  readonly configuration: Configuration;
  readonly certificate: () => CertificatePair;
  readonly log: Log;
}

/** A worker that died is replaced after this long, doubled with each that dies young, in milliseconds. */
const FIRST_DELAY = 100;
const LAST_DELAY = 10_000;
/** Older than this, a worker that dies is no sign that the next one will. */
const YOUNG = 30_000;
/** A worker that is too busy to count for so long is left out of the sum, in milliseconds. */
const SNAPSHOT_WAIT = 1_000;
/** What a worker has beyond its drain before it is killed, in milliseconds. */
const DRAIN_GRACE = 3_000;

/** The worker processes: kept at their number until they drain. */
export class Herd {
  readonly #options: HerdOptions;
  readonly #ready = new Map<Worker, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #delay = FIRST_DELAY;
  #draining = false;
  #requests = 0;

  constructor(options: HerdOptions) {
    this.#options = options;
  }

  /** All workers serve, and none drains. */
  get ready(): boolean {
    return !this.#draining && this.#ready.size >= this.#options.count;
  }

  /** Starts all workers. Rejects with the first one's reason, and then leaves none behind. Returns their port. */
  async start(): Promise<number> {
    try {
      const ports = await Promise.all(Array.from({ length: this.#options.count }, () => this.#fork()));
      return ports[0] ?? 0;
    } catch (error) {
      this.#draining = true;
      for (const worker of this.#workers()) worker.process.kill("SIGKILL");
      throw error;
    }
  }

  setCertificate(certificate: CertificatePair): void {
    for (const worker of this.#workers()) send(worker, { kind: "certificate", certificate });
  }

  async snapshots(): Promise<readonly MetricsSnapshot[]> {
    const asked = [...this.#ready.keys()].map((worker) => this.#snapshot(worker));
    return (await Promise.all(asked)).filter((snapshot) => snapshot !== undefined);
  }

  /** Lets every worker finish. False where one had to be killed or failed on its way out. */
  async drain(): Promise<boolean> {
    this.#draining = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const limit = this.#options.configuration.drainSeconds * 1000 + DRAIN_GRACE;
    const endings = await Promise.all(this.#workers().map((worker) => drainWorker(worker, limit)));
    return endings.every(Boolean);
  }

  #workers(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }

  /** One more worker; settles when it serves. */
  #fork(): Promise<number> {
    const worker = cluster.fork();
    const born = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    worker.on("message", (message: ToParent) => {
      if (message.kind === "waiting") this.#startWorker(worker);
      else if (message.kind === "failed") reject(new Error(message.message));
      else if (message.kind === "ready") {
        this.#ready.set(worker, message.port);
        resolve(message.port);
      }
    });
    worker.once("exit", (code, signal) => {
      const served = this.#ready.delete(worker);
      reject(new Error(`a worker process ended with ${signal ?? code} before it served`));
      if (served && !this.#draining) this.#replace({ code, signal, age: performance.now() - born });
    });
    return promise;
  }

  #startWorker(worker: Worker): void {
    const { configuration, certificate } = this.#options;
    send(worker, { kind: "start", configuration, certificate: certificate() });
  }

  #replace({ code, signal, age }: { code: number | null; signal: string | null; age: number }): void {
    this.#delay = age > YOUNG ? FIRST_DELAY : Math.min(LAST_DELAY, this.#delay * 2);
    this.#options.log.error({ code, signal, delay: this.#delay }, "a worker process died and is replaced");
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fork().catch((error: unknown) => {
        this.#options.log.error({ error }, "a worker process could not be replaced");
        if (!this.#draining) this.#replace({ code: null, signal: null, age: 0 });
      });
    }, this.#delay);
    this.#timers.add(timer);
  }

  #snapshot(worker: Worker): Promise<MetricsSnapshot | undefined> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const done = (snapshot: MetricsSnapshot | undefined) => {
        clearTimeout(timer);
        worker.off("message", take);
        resolve(snapshot);
      };
      const take = (message: ToParent) => {
        if (message.kind === "metrics" && message.request === request) done(message.snapshot);
      };
      const timer = setTimeout(() => done(undefined), SNAPSHOT_WAIT);
      worker.on("message", take);
      send(worker, { kind: "metrics", request });
    });
  }
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}

function drainWorker(worker: Worker, limit: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => worker.process.kill("SIGKILL"), limit);
    worker.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
    send(worker, { kind: "drain" });
  });
}
