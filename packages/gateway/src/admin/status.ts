import type { IncomingMessage } from "node:http";
import type { ListenAddress } from "../config/configuration.ts";
import { exposition } from "../telemetry/exposition.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";
import { type AdminListener, type Answer, json, startListener, text } from "./listener.ts";

/** What is told to anybody who asks. */
export interface StatusSource {
  /** It listens and does not drain. */
  readonly ready: boolean;
  /** Metrics of each process that serves. */
  snapshots(): Promise<readonly MetricsSnapshot[]>;
}

export interface StatusOptions {
  readonly listen: ListenAddress;
  readonly source: StatusSource;
  readonly version: string;
  /** Told of an answer that could not be made. */
  readonly onError: (error: unknown) => void;
}

/** A listener that tells and does nothing else. Rejects with the system's error where the address is taken. */
export function startStatus({ listen, source, version, onError }: StatusOptions): Promise<AdminListener> {
  return startListener({ listen, onError, answer: (request) => answerStatus({ source, version }, request) });
}

/** `/healthz`, `/readyz`, `/metrics` in the Prometheus text format, `/version`. */
export async function answerStatus(
  { source, version }: Pick<StatusOptions, "source" | "version">,
  request: IncomingMessage,
): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...text(405, "only GET and HEAD"), allow: "GET, HEAD" };
  }
  switch (request.url?.split("?", 1)[0]) {
    case "/healthz":
      return text(200, "ok");
    case "/readyz":
      return source.ready ? text(200, "ready") : text(503, "not ready");
    case "/metrics":
      return { status: 200, ...(await exposition(await source.snapshots())) };
    case "/version":
      return json(200, { version, node: process.version });
    default:
      return text(404, "not found");
  }
}
