// The benchmark of the web entrypoint against real peers: cases, peers, the load, what is measured and how it is told.
// This file is the measured gateway: one process, set up by its environment as in production. It sends its port to its
// parent and answers what it is asked about itself.
import { readFile } from "node:fs/promises";
import { createLog, createMetrics, loadConfiguration, startGateway } from "@sallyport/gateway";
import { alive } from "./soak/alive.ts";
import type { Resources } from "./soak/state.ts";

const loaded = await loadConfiguration({ environment: process.env });
if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
const { configuration } = loaded;
const { certPath, keyPath } = configuration.web.tls;
const certificate = { cert: await readFile(certPath, "utf8"), key: await readFile(keyPath, "utf8") };
const gateway = await startGateway(configuration, {
  log: createLog(configuration.log),
  metrics: createMetrics(),
  certificate,
});

process.on("message", (question) => {
  if (question === "resources") process.send?.(resources());
  if (question === "alive") process.send?.(alive());
});
process.once("SIGTERM", async () => {
  await gateway.close();
  process.disconnect?.();
});
process.send?.(gateway.port);

/** What is alive in this process: kinds of handles and timers with their numbers, and bytes that are reachable. */
function resources(): Resources {
  globalThis.gc?.();
  const kinds = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  const { heapUsed, external } = process.memoryUsage();
  const active = Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
  return { active, reachable: heapUsed + external };
}
