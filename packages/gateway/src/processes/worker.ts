import process from "node:process";
import { type Gateway, startGateway } from "../compose.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { createMetrics, type MetricsRegistry } from "../telemetry/metrics.ts";
import type { ToParent, ToWorker } from "./messages.ts";

interface Parts {
  readonly gateway: Gateway;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
}

/** Serves for a parent, which says with what and for how long. Ends this process. */
export function runWorker(): void {
  let parts: Parts | undefined;
  const drain = () => void end(parts);
  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "start":
        void start(message).then((started) => {
          parts = started;
        });
        return;
      case "certificate":
        parts?.gateway.setCertificate(message.certificate);
        return;
      case "metrics":
        void parts?.metrics
          .snapshot()
          .then((snapshot) => tell({ kind: "metrics", request: message.request, snapshot }));
        return;
      case "drain":
        drain();
    }
  });
  // Without its parent nobody watches over this process: what runs may finish.
  process.on("disconnect", drain);
  // A terminal and some supervisors signal the whole group: the parent decides.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  tell({ kind: "waiting" });
}

function tell(message: ToParent): void {
  if (process.connected) process.send?.(message);
}

async function start(message: Extract<ToWorker, { kind: "start" }>): Promise<Parts | undefined> {
  const log = createLog(message.configuration.log);
  const metrics = createMetrics();
  try {
    const gateway = await startGateway(message.configuration, { log, metrics, certificate: message.certificate });
    tell({ kind: "ready", port: gateway.port });
    return { gateway, metrics, log };
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function end(parts: Parts | undefined): Promise<void> {
  await parts?.gateway.drain();
  process.exit(0);
}
