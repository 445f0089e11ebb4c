import { originCertificate } from "../certificates/origin.ts";
import { CertificateError } from "../certificates/pair.ts";
import { withoutSettings } from "../config/environment.ts";
import { allSettings, loadConfiguration } from "../config/load.ts";
import { exitOnFault } from "../processes/faults.ts";
import { nodeOptions } from "../processes/node-options.ts";
import { passedSocket, withoutPassed } from "../processes/passed-socket.ts";
import { run } from "../processes/run.ts";
import { type PassedSocket, RunError, type Running, type RunOptions } from "../processes/running.ts";
import { Settings } from "../processes/settings.ts";
import { StoreError } from "../store/store.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { type FileOption, readWithFiles } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";
import { listeningFailure } from "./listening.ts";

/** Runs the gateway until a signal ends it. */
export async function serve(world: World, options: FileOption): Promise<void> {
  world.startWith(nodeOptions("web"));
  const { configuration, files } = await readWithFiles(world, options);
  const log = createLog(configuration.log);
  exitOnFault(log);
  // Before anything is started: the first process of a container has no default action for SIGTERM.
  const stop = Promise.withResolvers<void>();
  world.onSignal("stop", () => stop.resolve());
  const { web, dataDir } = configuration;
  const certificate = await originCertificate({ files: web.tls, dataDir, log }).catch(explain);
  const { version, environment, pid } = world;
  const load = () => loadConfiguration({ environment, file: options.config });
  const settings = new Settings({ configuration, files, load, log });
  world.onSignal("reload", () => {
    void certificate.reload();
    void settings.reload();
  });
  const started = Promise.withResolvers<Running>();
  world.onSignal("replace", () => void started.promise.then((running) => running.replace()));
  world.onSignal("leave", () => void started.promise.then((running) => running.leave()));
  const workerEnvironment = withoutPassed(withoutSettings(environment, allSettings()));
  const parts = { configuration, settings, certificate, log, version, workerEnvironment };
  const running = await start(parts, () => passedSocket(environment, pid)).catch(explain);
  started.resolve(running);
  if (web.edge.keys.length === 0 && web.edge.ca === undefined) {
    log.warn({}, "neither EDGE_KEY nor EDGE_CA is set: only the firewall keeps callers out that go around the edge");
  }
  log.info(
    { version, port: running.port, adminPort: running.adminPort, processes: configuration.processes },
    "serving",
  );
  void stop.promise.then(() => drain(running, log, configuration.drainSeconds));
  const clean = await running.ended;
  log.info({ clean }, "ended");
  if (!clean) throw new Failure("a worker process did not end by itself");
}

async function start(options: RunOptions, findPassed: () => PassedSocket | undefined): Promise<Running> {
  return run({ ...options, passed: findPassed() });
}

function drain(running: Running, log: Log, drainSeconds: number): void {
  log.info({ drainSeconds }, "draining");
  running.drain();
}

function explain(error: unknown): never {
  if (error instanceof CertificateError)
    throw new Failure(`the certificate cannot be used:\n  ${error.faults.join("\n  ")}`);
  if (error instanceof RunError || error instanceof StoreError) throw new Failure(error.message);
  throw listeningFailure(error, "LISTEN, ADMIN_LISTEN") ?? error;
}
