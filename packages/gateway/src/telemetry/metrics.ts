import { type EndReason, type Reason, reasons } from "@sallyport/shared";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { BOUNDS, RequestTimes } from "./request-times.ts";

/** What is counted. Each name below is the part of a Prometheus name behind `sallyport_`. */
export interface Metrics {
  /** `decisions_total{reason}`: one outcome of the admission path. */
  decision(reason: Reason | "allow"): void;
  /** `sessions`: how many are open now. */
  sessions(open: number): void;
  /** `live{kind}`: one live connection or exchange more, or one less. */
  live(kind: LiveKind, change: 1 | -1): void;
  /** `ended_total{reason}`: one live connection or exchange ended by us or by a peer. */
  ended(reason: EndReason): void;
  /** `bytes_total{direction}`: payload that went towards controllers (`up`) or browsers (`down`). */
  bytes(direction: Direction, count: number): void;
  /** `stuck_frames_total`: a connection destroyed because no frame boundary came within 500 ms of a session's end. */
  stuckFrame(): void;
  /** `upstream_faults_total{reason}`: a controller could not be reached or broke off. */
  upstreamFault(reason: Reason): void;
  /** `ocsp_answers_total{answer}`: what a responder said of a client's certificate; `failed`: nothing to rely on. */
  ocsp(answer: "good" | "revoked" | "unknown" | "failed"): void;
  /** `upstream_up{listener,upstream}`: what a health check last found out. */
  upstreamUp(listener: string, upstream: string, up: boolean): void;
  /** The store could not be asked or written. */
  storeFailure(): void;
  /** `request_seconds{status}`: from a request's head to the end of its answer; `status` is the class, such as `2xx`. */
  request(seconds: number, status: number): void;
}

export type LiveKind = "http" | "websocket" | "tcp";
export type Direction = "up" | "down";

/** Numbers as they lie in the registry: JSON, so that a parent process can add up its workers'. */
export type MetricsSnapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

export interface MetricsRegistry extends Metrics {
  snapshot(): Promise<MetricsSnapshot>;
}

const REQUEST_SECONDS = "sallyport_request_seconds";

/**
 * Counters in a registry of their own, those of the process (memory, CPU, event loop delay) included. What is counted
 * for every request is counted beside it and told to it when it is asked: its look-up by labels is slow.
 */
export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `sallyport_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `sallyport_${name}`, help, labelNames, registers });

  /** Those that are known begin at 0: of what appears with its first count an increase shows only from the second one on. */
  const byReason = (name: string, help: string, known: readonly string[] = []) => {
    const counts = new Map(known.map((reason) => [reason, 0]));
    new Counter({
      ...{ name: `sallyport_${name}`, help, labelNames: ["reason"], registers },
      collect() {
        this.reset();
        for (const [reason, count] of counts) this.inc({ reason }, count);
      },
    });
    return (reason: string) => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
  };

  const decision = byReason("decisions_total", "Outcomes of admission, by reason.", ["allow", ...reasons]);
  const sessions = gauge("sessions", "Sessions open now.");
  const live: Partial<Record<LiveKind, number>> = {};
  new Gauge({
    name: "sallyport_live",
    help: "Connections and exchanges under way now, by kind.",
    labelNames: ["kind"],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(live)) this.set({ kind }, count);
    },
  });
  const ended = byReason("ended_total", "Connections and exchanges ended, by reason.");
  const bytes = counter("bytes_total", "Payload bytes relayed, by direction.", "direction");
  const stuckFrames = counter("stuck_frames_total", "Connections destroyed within a frame at a session's end.");
  const faults = counter("upstream_faults_total", "Controllers that could not be reached or broke off.", "reason");
  const ocsp = counter("ocsp_answers_total", "Answers of OCSP responders about clients' certificates.", "answer");
  const up = gauge("upstream_up", "1: the last health checks reached the upstream; 0: not.", "listener", "upstream");
  const storeFailures = counter("store_failures_total", "Times that the store could not be asked or written.");
  const requests = new RequestTimes(REQUEST_SECONDS);
  new Histogram({
    name: REQUEST_SECONDS,
    help: "Duration of HTTP requests, by class of status.",
    labelNames: ["status"],
    buckets: [...BOUNDS],
    registers,
  });

  return {
    decision,
    sessions: (open) => sessions.set(open),
    live(kind, change) {
      live[kind] = (live[kind] ?? 0) + change;
    },
    ended,
    bytes: (direction, count) => bytes.inc({ direction }, count),
    stuckFrame: () => stuckFrames.inc(),
    upstreamFault: (reason) => faults.inc({ reason }),
    ocsp: (answer) => ocsp.inc({ answer }),
    upstreamUp: (listener, upstream, isUp) => up.set({ listener, upstream }, isUp ? 1 : 0),
    storeFailure: () => storeFailures.inc(),
    request: (seconds, status) => requests.note(seconds, status),
    async snapshot() {
      const metrics = await registry.getMetricsAsJSON();
      return metrics.map((one) => (one.name === REQUEST_SECONDS ? { ...one, values: requests.values() } : one));
    },
  };
}

/** For callers that count nothing. */
export const noMetrics: Metrics = {
  decision() {},
  sessions() {},
  live() {},
  ended() {},
  bytes() {},
  stuckFrame() {},
  upstreamFault() {},
  ocsp() {},
  upstreamUp() {},
  storeFailure() {},
  request() {},
};
