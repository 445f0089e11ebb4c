import { randomBytes } from "node:crypto";
import type { CertificatePair } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import { operationsOver } from "../store/sqlite/operations.ts";
import { StoreError } from "../store/store.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";
import { PastCounts } from "../telemetry/past.ts";
import { BackOff } from "./back-off.ts";
import { bindSocket, type SharedSocket, sharePassed } from "./bound-socket.ts";
import { listeningOn } from "./listening-on.ts";
import type { Shown } from "./messages.ts";
import type { RunOptions, Serving } from "./running.ts";
import type { User } from "./user.ts";
import { INHERITED_SOCKET, type WorkerEnd, WorkerProcess } from "./worker-process.ts";

/** How long TLS session tickets can be used at most, in milliseconds. */
const TICKET_LIFE = 12 * 3_600_000;
/** What a worker has beyond its drain before it is killed, in milliseconds. */
const DRAIN_GRACE = 3_000;

export interface HerdOptions extends RunOptions {
  /** Whom the workers run as; absent: as ourselves. */
  readonly user?: User;
}

/** Binds, and starts as many workers as configured. Rejects with the first one's reason, and then leaves none behind. */
export async function startHerd(options: HerdOptions): Promise<Serving> {
  const { passed, configuration } = options;
  const herd = new Herd(options, passed ? sharePassed(passed) : await bindSocket(configuration.web.listen));
  await herd.start();
  return herd;
}

/** The worker processes on one socket: kept at their number until they drain. */
class Herd implements Serving {
  readonly #options: HerdOptions;
  readonly #socket: SharedSocket;
  readonly #workers = new Set<WorkerProcess>();
  readonly #serving = new Set<WorkerProcess>();
  /** Those whose end is no loss: another has taken over, or they have not taken over yet. */
  readonly #spare = new Set<WorkerProcess>();
  readonly #replacements = new Set<NodeJS.Timeout>();
  readonly #past = new PastCounts();
  readonly #backOff = new BackOff();
  readonly #rotation: NodeJS.Timeout;
  #shown: Shown;
  /** What workers go by, those that are started later too. */
  #configuration: Configuration;
  #port = 0;
  #replacing = false;
  #takesMore = true;
  #leaving: Promise<void> | undefined;
  #ending: Promise<boolean> | undefined;

  constructor(options: HerdOptions, socket: SharedSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#configuration = options.configuration;
    this.#shown = { certificate: options.certificate.current, ticketKeys: randomBytes(48) };
    this.#rotation = setInterval(() => this.#show({ ticketKeys: randomBytes(48) }), TICKET_LIFE);
    this.#rotation.unref();
  }

  /** Any worker's: all have the same one open. */
  readonly store = operationsOver((call) => {
    const [worker] = this.#serving;
    return worker ? worker.askStore(call) : Promise.reject(new StoreError("no worker process serves: try again"));
  });

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { processes } = this.#options.configuration;
    try {
      const ports = await Promise.all(Array.from({ length: processes }, () => this.#add().ready));
      this.#port = ports[0] ?? 0;
    } catch (error) {
      for (const worker of this.#workers) worker.kill();
      await this.drain();
      throw error;
    }
  }

  /** All workers serve, and none drains. */
  get ready(): boolean {
    return !this.#goes && this.#serving.size >= this.#options.configuration.processes;
  }

  async snapshots(): Promise<readonly MetricsSnapshot[]> {
    const counting = [...this.#workers].filter((worker) => worker.counts);
    const snapshots = await Promise.all([this.#past.snapshot(), ...counting.map((worker) => worker.snapshot())]);
    return snapshots.filter((snapshot) => snapshot !== undefined);
  }

  setCertificate(certificate: CertificatePair): void {
    this.#show({ certificate });
  }

  setSettings(configuration: Configuration): void {
    this.#configuration = configuration;
    for (const worker of this.#workers) worker.send({ kind: "settings", configuration });
  }

  replace(): void {
    const { log, configuration } = this.#options;
    if (configuration.tcp?.length) log.warn({}, "workers with listeners under tcp cannot be replaced: restart instead");
    else if (this.#replacing || this.#goes) log.warn({}, "workers are being replaced already, or end");
    else void this.#replaceAll();
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  drain(): Promise<boolean> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Nobody new is taken, and no worker started. */
  get #goes(): boolean {
    return this.#leaving !== undefined || this.#ending !== undefined;
  }

  async #leave(): Promise<void> {
    this.#takeNoMore();
    const limit = this.#options.configuration.handOverSeconds * 1000;
    await Promise.all([...this.#workers].map((worker) => worker.leave(limit)));
  }

  #takeNoMore(): void {
    if (!this.#takesMore) return;
    this.#takesMore = false;
    for (const timer of this.#replacements) clearTimeout(timer);
    // Ours goes first: as long as anybody holds the socket, new connections queue on it.
    this.#socket.close();
  }

  async #end(): Promise<boolean> {
    clearInterval(this.#rotation);
    this.#takeNoMore();
    const endings = await Promise.all([...this.#workers].map((worker) => worker.drain(this.#drainLimit)));
    return endings.every(Boolean);
  }

  #show(change: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...change };
    for (const worker of this.#workers) worker.send({ kind: "show", ...this.#shown });
  }

  /** One after the other, so that there is never one less than configured. */
  async #replaceAll(): Promise<void> {
    const { log, configuration } = this.#options;
    const former = [...this.#serving];
    this.#replacing = true;
    log.info({ workers: former.length, handOverSeconds: configuration.handOverSeconds }, "workers are being replaced");
    try {
      for (const worker of former) if (!this.#goes) await this.#succeed(worker);
      log.info({ workers: former.length }, "workers were replaced");
    } catch (error) {
      log.error({ error }, "a new worker could not serve: those that serve go on");
    } finally {
      this.#replacing = false;
    }
  }

  async #succeed(former: WorkerProcess): Promise<void> {
    const next = this.#add();
    this.#spare.add(next);
    await next.ready;
    if (this.#goes) return;
    this.#spare.delete(next);
    // The former one may have died meanwhile, and is replaced for that: then this one is too many.
    const leaving = this.#workers.has(former) ? former : next;
    this.#spare.add(leaving);
    this.#serving.delete(leaving);
    void leaving.handOver(this.#options.configuration.handOverSeconds * 1000, this.#drainLimit);
  }

  get #drainLimit(): number {
    return this.#options.configuration.drainSeconds * 1000 + DRAIN_GRACE;
  }

  #add(): WorkerProcess {
    const { workerEnvironment, user, log } = this.#options;
    const worker = new WorkerProcess({
      ...{ socket: this.#socket.fd(), environment: workerEnvironment, user },
      onCounted: (last) => this.#past.add(last),
    });
    worker.send({ kind: "start", configuration: listeningOn(this.#configuration, INHERITED_SOCKET), ...this.#shown });
    this.#workers.add(worker);
    worker.ready.then(
      () => this.#serving.add(worker),
      (error: unknown) => log.error({ error }, "a worker process could not serve"),
    );
    void worker.ended.then((end) => {
      this.#workers.delete(worker);
      this.#serving.delete(worker);
      const spare = this.#spare.delete(worker);
      if (!this.#goes && !spare) this.#replaceDead(end);
    });
    return worker;
  }

  #replaceDead({ code, signal, age }: WorkerEnd): void {
    const delay = this.#backOff.after(age);
    this.#options.log.error({ code, signal, delay }, "a worker process died and is replaced");
    const timer = setTimeout(() => {
      this.#replacements.delete(timer);
      this.#add();
    }, delay);
    this.#replacements.add(timer);
  }
}
