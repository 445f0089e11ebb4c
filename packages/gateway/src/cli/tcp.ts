import { CertificateError } from "../certificates/pair.ts";
import type { TcpConfiguration } from "../config/configuration.ts";
import { formatFault } from "../config/fault.ts";
import { ConfigurationError, parseTcp } from "../config/tcp.ts";
import { readTcpFile } from "../config/tcp-file.ts";
import { exitOnFault } from "../processes/faults.ts";
import { nodeOptions } from "../processes/node-options.ts";
import { buildTcpProxy, type TcpProxy, type TcpProxyParts } from "../tcp-proxy.ts";
import { createLog } from "../telemetry/log.ts";
import { Failure, type World } from "./environment.ts";
import { listeningFailure } from "./listening.ts";
import { openStatus } from "./tcp-status.ts";

export interface TcpOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly crl?: readonly string[];
  /** The responder's URL; true: the one that certificates name. */
  readonly ocsp?: string | true;
  readonly alpn?: readonly string[];
  readonly upstream?: readonly string[];
  readonly group?: readonly string[];
  readonly capacity?: string;
  readonly fillRate?: string;
  readonly maxConcurrent?: string;
  readonly idleTimeout?: string;
  readonly lifetime?: string;
  readonly sendProxyHeader?: boolean;
  /** How often; true: as often as the file's default. */
  readonly healthCheck?: string | true;
  readonly logFormat: "json" | "pretty";
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Where health, readiness and metrics are told. */
  readonly status?: string;
  /** Seconds. */
  readonly drain: string;
}

/** Runs TCP listeners, and nothing else, until a signal ends them. */
export async function tcp(world: World, options: TcpOptions): Promise<void> {
  world.startWith(nodeOptions("certificates"));
  const drain = readDrain(options.drain);
  const configurations = await readListeners(options).catch(explain);
  const log = createLog({ level: options.logLevel, format: options.logFormat });
  exitOnFault(log);
  const stop = Promise.withResolvers<void>();
  world.onSignal("stop", () => stop.resolve());
  await using status = await openStatus(options.status, { log, version: world.version });
  const proxies = await listenAll(configurations, { log, ...status.parts }).catch(explain);
  status.ready = true;
  world.onSignal("reload", () => {
    for (const proxy of proxies) void proxy.reload();
  });
  const ports = proxies.map(({ port }) => port);
  log.info({ version: world.version, ports, statusPort: status.port }, "serving");
  await stop.promise;
  status.ready = false;
  log.info({ drainSeconds: drain / 1000 }, "draining");
  await Promise.all(proxies.map((proxy) => proxy.close({ drain })));
  log.info({}, "ended");
}

function readDrain(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text)) return seconds * 1000;
  throw new Failure(`--drain must be a number of seconds, not ${JSON.stringify(text)}`);
}

async function readListeners(options: TcpOptions): Promise<readonly TcpConfiguration[]> {
  if (options.config !== undefined) {
    const more = LISTENER_OPTIONS.filter((name) => options[name] !== undefined);
    if (more.length === 0) return readTcpFile(options.config);
    const words = more.map(asOption).join(", ");
    throw new Failure(`--config takes the place of ${words}: say it in the file, or leave --config out`);
  }
  if ((options.capacity === undefined) !== (options.fillRate === undefined)) {
    throw new Failure("--capacity and --fill-rate belong together: so many connections at once, one more each time");
  }
  return [parseTcp(listenerOf(options), ".")];
}

/** As the file would have it. */
function listenerOf(options: TcpOptions): Record<string, unknown> {
  const { listen, ca, cert, key, crl, ocsp, alpn, upstream, group, capacity, fillRate, healthCheck } = options;
  return withoutAbsent({
    listen,
    tls: withoutAbsent({ ca, cert, key, crl, alpn, ocsp: ocsp === true ? {} : ocsp && { url: ocsp } }),
    upstreams: upstream,
    authorizedGroups: group,
    health: healthCheck === true ? {} : healthCheck && { interval: healthCheck },
    rateLimit: capacity === undefined ? undefined : { capacity, fillRate },
    maxConcurrent: options.maxConcurrent,
    idleTimeout: options.idleTimeout,
    lifetime: options.lifetime,
    proxyProtocol: options.sendProxyHeader ? { send: true } : undefined,
  });
}

function withoutAbsent(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** All of them listen, or none. */
async function listenAll(
  configurations: readonly TcpConfiguration[],
  parts: TcpProxyParts,
): Promise<readonly TcpProxy[]> {
  const proxies: TcpProxy[] = [];
  try {
    for (const configuration of configurations) {
      const proxy = await buildTcpProxy(configuration, parts);
      proxies.push(proxy);
      await proxy.listen();
    }
  } catch (error) {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    throw error;
  }
  return proxies;
}

/** The option behind a key of the configuration, for those who wrote options. */
const OPTIONS: Readonly<Record<string, keyof TcpOptions>> = {
  listen: "listen",
  "tls.ca": "ca",
  "tls.cert": "cert",
  "tls.key": "key",
  "tls.crl": "crl",
  "tls.ocsp.url": "ocsp",
  "tls.alpn": "alpn",
  upstreams: "upstream",
  authorizedGroups: "group",
  "health.interval": "healthCheck",
  "rateLimit.capacity": "capacity",
  "rateLimit.fillRate": "fillRate",
  maxConcurrent: "maxConcurrent",
  idleTimeout: "idleTimeout",
  lifetime: "lifetime",
};
/** What the file says in their place. */
const LISTENER_OPTIONS: readonly (keyof TcpOptions)[] = [...Object.values(OPTIONS), "sendProxyHeader"];

function asOption(name: keyof TcpOptions): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function settingName(setting: string): string {
  const option = OPTIONS[setting];
  return option === undefined ? setting : asOption(option);
}

function explain(error: unknown): never {
  if (error instanceof ConfigurationError) {
    const faults = error.faults.map((fault) => formatFault({ ...fault, setting: settingName(fault.setting) }));
    throw new Failure(["this cannot be served:", ...faults].join("\n  "));
  }
  if (error instanceof CertificateError)
    throw new Failure(["a certificate cannot be used:", ...error.faults].join("\n  "));
  throw listeningFailure(error, "--listen, or listen in the file") ?? error;
}
