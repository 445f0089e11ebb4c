import { resolve } from "node:path";
import type { ListenAddress, TcpConfiguration, TcpIdentity, TcpTls, TcpUpstreamTls } from "./configuration.ts";
import { type Fault, formatFault } from "./fault.ts";
import { nearestName } from "./nearest.ts";
import type { Report } from "./report.ts";
import { type ParsedTcp, tcpListenerSchema } from "./schemas/tcp.ts";
import { knownKeys } from "./settings.ts";

/** What `createTcpProxy` cannot be made of, every fault at once. */
export class ConfigurationError extends TypeError {
  override readonly name = "ConfigurationError";
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(formatFault).join("; "));
    this.faults = faults;
  }
}

/** Row J-06: the subject's common name is `user@group`. */
const commonName: TcpIdentity = { from: "common-name", pattern: "{user}@{group}", group: undefined };

/** The entries of `tcp`, with paths made absolute from `folder`, checked against one another. */
export function resolveTcp(entries: readonly ParsedTcp[], folder: string, report: Report): readonly TcpConfiguration[] {
  for (const { setting, message } of collisions(entries)) report.fault(setting.split("."), message);
  return entries.map((entry) => completeTcp(entry, folder));
}

/** What listeners cannot have in common: what logs and accounts call them, and where they listen. */
export function collisions(listeners: readonly Pick<TcpConfiguration, "name" | "listen">[]): readonly Fault[] {
  return listeners.flatMap(({ name, listen }, index) => {
    const before = listeners.slice(0, index);
    const place = `${listen.host}:${listen.port}`;
    const hasPlace = (one: { listen: ListenAddress }) => `${one.listen.host}:${one.listen.port}` === place;
    return [
      ...(before.some((one) => one.name === name)
        ? [{ setting: `tcp.${index}.name`, message: `is another listener's already (${name}): give each its own` }]
        : []),
      ...(listen.port !== 0 && before.some(hasPlace)
        ? [{ setting: `tcp.${index}.listen`, message: `is another listener's already (${place})` }]
        : []),
    ];
  });
}

/**
 * One listener from plain values, as a program writes them.
 * @throws ConfigurationError
 */
export function parseTcp(options: unknown, folder: string): TcpConfiguration {
  const parsed = tcpListenerSchema.safeParse(options);
  if (parsed.success) return completeTcp(parsed.data, folder);
  throw new ConfigurationError(
    parsed.error.issues.flatMap((issue) => {
      if (issue.path.length === 0 && issue.code === "invalid_type")
        return [{ setting: "", message: "must hold keys and values, such as listen and upstreams" }];
      if (issue.code !== "unrecognized_keys") return [{ setting: issue.path.join("."), message: issue.message }];
      const known = knownKeys(tcpListenerSchema, issue.path);
      return issue.keys.map((key) => ({
        setting: [...issue.path, key].join("."),
        message: `is no known key; ${hint(nearestName(key, known), known)}`,
      }));
    }),
  );
}

function hint(meant: string | undefined, known: readonly string[]): string {
  return meant === undefined ? `known here: ${known.join(", ")}` : `did you mean "${meant}"?`;
}

/** One address may be a whole office behind one router. */
const FEWEST_HANDSHAKES = 64;

function completeTcp(parsed: ParsedTcp, folder: string): TcpConfiguration {
  const { name, listen, identities, authorizedGroups, upstreams, upstreamTls, health, rateLimit } = parsed;
  return {
    name,
    listen,
    tls: tlsFiles(parsed.tls, folder),
    identities: identities?.map(({ from, pattern, group }) => ({ from, pattern, group })) ?? [commonName],
    authorizedGroups,
    upstreams,
    upstreamTls: upstreamTls && upstreamTlsFiles(upstreamTls, folder),
    health: health && { intervalMs: health.interval, timeoutMs: health.timeout, failures: health.failures },
    proxyProtocol: parsed.proxyProtocol,
    rateLimit: rateLimit && { capacity: rateLimit.capacity, fillMs: rateLimit.fillRate },
    maxConcurrent: parsed.maxConcurrent,
    limits: {
      connections: parsed.maxConnections,
      handshakes: parsed.maxHandshakes ?? Math.max(FEWEST_HANDSHAKES, Math.ceil(parsed.maxConnections / 10)),
      idleMs: parsed.idleTimeout,
      lifetimeMs: parsed.lifetime,
      dialMs: parsed.dialTimeout,
      handshakeMs: parsed.handshakeTimeout,
      retryMs: parsed.retryAfter,
    },
  };
}

function tlsFiles({ ca, cert, key, crl, ocsp, minVersion, alpn }: ParsedTcp["tls"], folder: string): TcpTls {
  const paths = { caPath: resolve(folder, ca), certPath: resolve(folder, cert), keyPath: resolve(folder, key) };
  return {
    ...paths,
    crlPaths: crl.map((path) => resolve(folder, path)),
    ocsp: ocsp && { url: ocsp.url, onFailure: ocsp.onFailure, timeoutMs: ocsp.timeout, refreshMs: ocsp.refresh },
    minVersion,
    alpn,
  };
}

function upstreamTlsFiles(tls: NonNullable<ParsedTcp["upstreamTls"]>, folder: string): TcpUpstreamTls {
  const { ca, cert, key, serverName, alpn } = tls;
  const client =
    cert === undefined || key === undefined
      ? undefined
      : { certPath: resolve(folder, cert), keyPath: resolve(folder, key) };
  return { caPath: resolve(folder, ca), serverName, client, alpn };
}
