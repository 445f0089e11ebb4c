import { startAdmin } from "../admin/server.ts";
import { startGateway } from "../compose.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import type { Running, RunOptions } from "./running.ts";

/** The gateway and its admin listener in this one process. */
export async function runAlone({ configuration, certificate, log, version }: RunOptions): Promise<Running> {
  const metrics = createMetrics();
  const gateway = await startGateway(configuration, { log, metrics, certificate: certificate.current });
  const admin = await startAdmin({
    listen: configuration.admin.listen,
    source: {
      get ready() {
        return gateway.ready;
      },
      snapshots: async () => [await metrics.snapshot()],
    },
    version,
    onError: (error) => log.error({ error }, "the admin listener could not answer"),
  }).catch(async (error: unknown) => {
    await gateway.close();
    throw error;
  });
  const watch = certificate.watch((pair) => gateway.setCertificate(pair));
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const end = async () => {
    watch.stop();
    await gateway.drain();
    await admin.close();
    return true;
  };
  let draining = false;
  return {
    port: gateway.port,
    adminPort: admin.port,
    ended: promise,
    drain() {
      if (!draining) resolve(end());
      draining = true;
    },
  };
}
