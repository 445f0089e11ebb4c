import { originCertificate } from "../certificates/origin.ts";
import { CertificateError } from "../certificates/pair.ts";
import { isWorker, run } from "../processes/run.ts";
import { runWorker } from "../processes/worker.ts";
import { createLog } from "../telemetry/log.ts";
import { type FileOption, readConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

/** Runs the gateway until a signal ends it. */
export async function serve(world: World, options: FileOption): Promise<void> {
  if (isWorker()) {
    runWorker();
    return;
  }
  const configuration = await readConfiguration(world, options);
  const log = createLog(configuration.log);
  const { web, dataDir } = configuration;
  const certificate = await originCertificate({ files: web.tls, dataDir, log }).catch(explain);
  const { version } = world;
  const running = await run({ configuration, certificate, log, version }).catch(explain);
  if (web.edge.keys.length === 0 && web.edge.ca === undefined) {
    log.warn({}, "neither EDGE_KEY nor EDGE_CA is set: only the firewall keeps callers out that go around the edge");
  }
  log.info(
    { version, port: running.port, adminPort: running.adminPort, processes: configuration.processes },
    "serving",
  );
  world.onSignal("stop", () => {
    log.info({ drainSeconds: configuration.drainSeconds }, "draining");
    running.drain();
  });
  world.onSignal("reload", () => void certificate.reload());
  const clean = await running.ended;
  log.info({ clean }, "ended");
  if (!clean) throw new Failure("a worker process did not end by itself");
}

function explain(error: unknown): never {
  if (error instanceof CertificateError)
    throw new Failure(`the certificate cannot be used:\n  ${error.faults.join("\n  ")}`);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL") {
    throw new Failure(`cannot listen: ${(error as Error).message}`);
  }
  throw error;
}
