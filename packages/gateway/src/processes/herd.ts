import { randomBytes } from "node:crypto";
import type { BoundSocket } from "node:net";
import type { CertificatePair } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import { operationsOver } from "../store/sqlite/operations.ts";
import { StoreError } from "../store/store.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";
import { BackOff } from "./back-off.ts";
import { bindSocket } from "./bound-socket.ts";
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
  const herd = new Herd(options, await bindSocket(options.configuration.web.listen));
  await herd.start();
  return herd;
}

/** The worker processes on one socket: kept at their number until they drain. */
class Herd implements Serving {
  readonly port: number;
  readonly #options: HerdOptions;
  readonly #socket: BoundSocket;
  readonly #workers = new Set<WorkerProcess>();
  readonly #serving = new Set<WorkerProcess>();
  readonly #replacements = new Set<NodeJS.Timeout>();
  readonly #backOff = new BackOff();
  readonly #rotation: NodeJS.Timeout;
  #shown: Shown;
  /** What workers go by, those that are started later too. */
  #configuration: Configuration;
  #ending: Promise<boolean> | undefined;

  constructor(options: HerdOptions, socket: BoundSocket) {
    this.#options = options;
    this.#socket = socket;
    this.port = socket.address().port;
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

  async start(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.configuration.processes }, () => this.#add().ready));
    } catch (error) {
      for (const worker of this.#workers) worker.kill();
      await this.drain();
      throw error;
    }
  }

  /** All workers serve, and none drains. */
  get ready(): boolean {
    return !this.#ending && this.#serving.size >= this.#options.configuration.processes;
  }

  async snapshots(): Promise<readonly MetricsSnapshot[]> {
    const snapshots = await Promise.all([...this.#serving].map((worker) => worker.snapshot()));
    return snapshots.filter((snapshot) => snapshot !== undefined);
  }

  setCertificate(certificate: CertificatePair): void {
    this.#show({ certificate });
  }

  setSettings(configuration: Configuration): void {
    this.#configuration = configuration;
    for (const worker of this.#workers) worker.send({ kind: "settings", configuration });
  }

  drain(): Promise<boolean> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<boolean> {
    clearInterval(this.#rotation);
    for (const timer of this.#replacements) clearTimeout(timer);
    // Ours goes first: as long as anybody holds the socket, new connections queue on it.
    this.#socket.close();
    const limit = this.#options.configuration.drainSeconds * 1000 + DRAIN_GRACE;
    const endings = await Promise.all([...this.#workers].map((worker) => worker.drain(limit)));
    return endings.every(Boolean);
  }

  #show(change: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...change };
    for (const worker of this.#workers) worker.send({ kind: "show", ...this.#shown });
  }

  #add(): WorkerProcess {
    const { workerEnvironment, user, log } = this.#options;
    const worker = new WorkerProcess({ socket: this.#socket.fd(), environment: workerEnvironment, user });
    worker.send({ kind: "start", configuration: listeningOn(this.#configuration, INHERITED_SOCKET), ...this.#shown });
    this.#workers.add(worker);
    worker.ready.then(
      () => this.#serving.add(worker),
      (error: unknown) => log.error({ error }, "a worker process could not serve"),
    );
    void worker.ended.then((end) => {
      this.#workers.delete(worker);
      this.#serving.delete(worker);
      if (!this.#ending) this.#replace(end);
    });
    return worker;
  }

  #replace({ code, signal, age }: WorkerEnd): void {
    const delay = this.#backOff.after(age);
    this.#options.log.error({ code, signal, delay }, "a worker process died and is replaced");
    const timer = setTimeout(() => {
      this.#replacements.delete(timer);
      this.#add();
    }, delay);
    this.#replacements.add(timer);
  }
}

function listeningOn(configuration: Configuration, fd: number): Configuration {
  const { web } = configuration;
  return { ...configuration, web: { ...web, listen: { ...web.listen, fd } } };
}
