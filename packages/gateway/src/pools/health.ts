import type { HealthConfiguration, HostPort } from "../config/configuration.ts";
import type { DialService } from "./dial-service.ts";
import { type UpstreamFault, upstreamFault } from "./fault.ts";
import { ServiceCall } from "./service-call.ts";

export interface HealthOptions extends HealthConfiguration {
  readonly upstreams: readonly HostPort[];
  /** The way that clients' connections go: where upstreams speak TLS, a check is a whole handshake. */
  readonly dial: DialService;
  /** Told of each upstream's first state, and of every change; with the last fault where it is down. */
  readonly onState: (upstream: HostPort, fault: UpstreamFault | undefined) => void;
}

/** Connects to upstreams now and then, so that one that is down is known before a client meets it. */
export interface HealthChecks {
  start(): void;
  /** Harmless when called again. No state is told any more. */
  stop(): void;
}

export function createHealthChecks(options: HealthOptions): HealthChecks {
  const stopped = new AbortController();
  return {
    start() {
      for (const upstream of options.upstreams) void new Check(options, upstream, stopped.signal).run();
    },
    stop: () => stopped.abort(),
  };
}

/** What a check hears from an upstream is of no interest: it ends as soon as the connection stands. */
const UNREAD = { buffer: Buffer.alloc(512), callback: () => true };

/** One upstream; never more than one connection at a time. */
class Check {
  readonly #options: HealthOptions;
  readonly #upstream: HostPort;
  readonly #stopped: AbortSignal;
  #failures = 0;
  #up: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HealthOptions, upstream: HostPort, stopped: AbortSignal) {
    this.#options = options;
    this.#upstream = upstream;
    this.#stopped = stopped;
    stopped.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  async run(): Promise<void> {
    const fault = await this.#connect();
    if (this.#stopped.aborted) return;
    this.#note(fault);
    this.#timer = setTimeout(() => void this.run(), this.#options.intervalMs).unref();
  }

  async #connect(): Promise<UpstreamFault | undefined> {
    const { dial, timeoutMs } = this.#options;
    const call = new ServiceCall(UNREAD);
    const over = AbortSignal.any([this.#stopped, AbortSignal.timeout(timeoutMs)]);
    over.addEventListener("abort", () => call.abort());
    try {
      const socket = await dial(this.#upstream, call);
      socket.destroy();
      return undefined;
    } catch (error) {
      return upstreamFault(error);
    }
  }

  #note(fault: UpstreamFault | undefined): void {
    this.#failures = fault ? this.#failures + 1 : 0;
    // Between the first failure and the last that is needed it stays what it was.
    if (fault && this.#failures < this.#options.failures) return;
    const isUp = fault === undefined;
    if (this.#up === isUp) return;
    this.#up = isUp;
    this.#options.onState(this.#upstream, fault);
  }
}
