import { startGateway } from "../compose.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { changeSettings } from "./change-settings.ts";
import { listeningOn } from "./listening-on.ts";
import type { RunOptions, Serving } from "./running.ts";

/** Serves in this very process. */
export async function serveAlone({ configuration, certificate, log, passed }: RunOptions): Promise<Serving> {
  const metrics = createMetrics();
  const listening = passed ? listeningOn(configuration, passed.fd) : configuration;
  const gateway = await startGateway(listening, { log, metrics, certificate: certificate.current });
  return {
    port: gateway.port,
    get ready() {
      return gateway.ready;
    },
    store: gateway.store,
    snapshots: async () => [await metrics.snapshot()],
    setCertificate: (pair) => gateway.setCertificate(pair),
    setSettings: (changed) => void changeSettings(gateway, changed, log),
    replace: () => log.warn({}, "there is no worker process to replace: set PROCESSES to 2 or more, or start as root"),
    leave: () => gateway.leave(configuration.handOverSeconds * 1000),
    async drain() {
      await gateway.drain();
      return true;
    },
  };
}
