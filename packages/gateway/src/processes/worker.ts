import process from "node:process";
import { startGateway } from "../compose.ts";
import type { Gateway } from "../compose-gateway.ts";
import { callStore } from "../store/sqlite/operations.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { createMetrics, type MetricsRegistry } from "../telemetry/metrics.ts";
import { changeSettings } from "./change-settings.ts";
import { exitOnFault } from "./faults.ts";
import type { Shown, ToParent, ToWorker } from "./messages.ts";

interface Parts {
  readonly gateway: Gateway;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
}

/** Serves for a parent, which says with what and for how long. Ends this process. */
export function runWorker(): void {
  let starting: Promise<Parts> | undefined;
  let ending: Promise<void> | undefined;
  const finish = () => {
    ending ??= end(starting);
    return ending;
  };
  const withParts = (act: (parts: Parts) => unknown) => void starting?.then(act);
  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "start":
        starting = start(message);
        return;
      case "show":
        withParts(({ gateway }) => show(gateway, message));
        return;
      case "settings":
        withParts(({ gateway, log }) => changeSettings(gateway, message.configuration, log));
        return;
      case "metrics":
        withParts(({ metrics }) => tellMetrics(metrics, message.request));
        return;
      case "store":
        withParts(({ gateway }) => askStore(gateway, message));
        return;
      case "leave":
        withParts(({ gateway }) => gateway.leave(message.limit).then(() => tell({ kind: "left" })));
        return;
      case "drain":
        void finish();
    }
  });
  // Without its parent nobody watches over this process: what runs may finish.
  process.on("disconnect", () => void finish());
  // A terminal and some supervisors signal the whole group: the parent decides.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2", "SIGQUIT"] as const) process.on(signal, () => {});
}

async function start(message: Extract<ToWorker, { kind: "start" }>): Promise<Parts> {
  const log = createLog(message.configuration.log);
  exitOnFault(log);
  const metrics = createMetrics();
  try {
    const gateway = await startGateway(message.configuration, { log, metrics, certificate: message.certificate });
    gateway.setTicketKeys(message.ticketKeys);
    tell({ kind: "ready", port: gateway.port });
    return { gateway, metrics, log };
  } catch (error) {
    const failed: ToParent = { kind: "failed", message: error instanceof Error ? error.message : String(error) };
    await new Promise((resolve) => process.send?.(failed, resolve));
    process.exit(1);
  }
}

/** A new certificate makes new ticket keys, which would be this worker's own: the herd's are set again. */
function show(gateway: Gateway, { certificate, ticketKeys }: Shown): void {
  gateway.setCertificate(certificate);
  gateway.setTicketKeys(ticketKeys);
}

async function tellMetrics(metrics: MetricsRegistry, request: number): Promise<void> {
  tell({ kind: "metrics", request, snapshot: await metrics.snapshot() });
}

async function askStore(gateway: Gateway, { request, call }: Extract<ToWorker, { kind: "store" }>): Promise<void> {
  try {
    tell({ kind: "store", request, answer: await callStore(gateway.store, call) });
  } catch (error) {
    tell({ kind: "store", request, answer: undefined, failure: (error as Error).message });
  }
}

function tell(message: ToParent): void {
  if (process.connected) process.send?.(message);
}

/** What was counted here goes on to count with the parent. */
async function tellLast(metrics: MetricsRegistry): Promise<void> {
  const last: ToParent = { kind: "counted", snapshot: await metrics.snapshot() };
  if (process.connected) await new Promise((resolve) => process.send?.(last, resolve));
}

async function end(starting: Promise<Parts> | undefined): Promise<void> {
  const parts = await starting;
  await parts?.gateway.drain();
  if (parts) await tellLast(parts.metrics);
  process.exit(0);
}
