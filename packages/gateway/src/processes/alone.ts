import { startGateway } from "../compose.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { changeSettings } from "./change-settings.ts";
import type { RunOptions, Serving } from "./running.ts";

/** Serves in this very process. */
export async function serveAlone({ configuration, certificate, log }: RunOptions): Promise<Serving> {
  const metrics = createMetrics();
  const gateway = await startGateway(configuration, { log, metrics, certificate: certificate.current });
  return {
    port: gateway.port,
    get ready() {
      return gateway.ready;
    },
    store: gateway.store,
    snapshots: async () => [await metrics.snapshot()],
    setCertificate: (pair) => gateway.setCertificate(pair),
    setSettings: (changed) => void changeSettings(gateway, changed, log),
    async drain() {
      await gateway.drain();
      return true;
    },
  };
}
