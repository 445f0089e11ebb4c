import type { AddressInfo } from "node:net";
import { createConnectionAdmitter } from "./admission/admit-connection.ts";
import { ConnectionSession } from "./admission/connection-session.ts";
import type { Enter } from "./admission/entry.ts";
import type { SessionRegistry } from "./admission/sessions.ts";
import type { ClientTrust } from "./certificates/client-trust.ts";
import { FileWatch } from "./certificates/file-watch.ts";
import { stateOf } from "./certificates/files.ts";
import { type ListenerFiles, listenerPaths, readListenerFiles } from "./certificates/listener-files.ts";
import type { OcspStandings } from "./certificates/ocsp/standings.ts";
import type { HostPort, TcpConfiguration } from "./config/configuration.ts";
import { createTcpEntrypoint, type TcpEntrypoint } from "./entrypoints/tcp/server.ts";
import { CertificateReadings } from "./identity/certificate-readings.ts";
import { type Identify, identifyBy } from "./identity/client-certificate.ts";
import { certificateKey, isRevoked, type RevokedCertificates } from "./identity/revoked-certificates.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { ClientLimits } from "./limits/clients.ts";
import { Handshakes } from "./limits/handshakes.ts";
import { createDialService, type DialService } from "./pools/dial-service.ts";
import { createHealthChecks, type HealthChecks } from "./pools/health.ts";
import { Pool } from "./pools/members.ts";
import { createReach, type Reach } from "./pools/reach.ts";
import { createTicker } from "./relay/ticker.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** What all listeners of a process share. */
export interface TcpShared {
  readonly registry: SessionRegistry;
  readonly ledger: Ledger;
  /** What lets an opened session in. */
  readonly enter: Enter;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** How long a second is to relays that count quiet ones, in milliseconds; shorter only in tests. */
  readonly tick?: number | undefined;
  /** In place of our own way to upstreams. */
  readonly dial?: DialService | undefined;
  /** How often changed files are looked for, in milliseconds. */
  readonly pollMs?: number | undefined;
}

/** One TCP listener with all that it works with. */
export interface TcpListener {
  readonly name: string;
  /** Once it listens. */
  readonly port: number;
  listen(): Promise<void>;
  /** Reads certificate, authorities and revocation lists anew. Never rejects: what is broken is logged. */
  reload(): Promise<void>;
  /** Stops accepting and lets connections end within `limit` milliseconds. */
  drain(limit: number): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/**
 * Reads the files of a listener and builds it.
 * @throws CertificateError with every fault of the files
 */
export async function buildTcpListener(configuration: TcpConfiguration, shared: TcpShared): Promise<TcpListener> {
  const since = await stateOf(listenerPaths(configuration));
  const files = await readListenerFiles(configuration, Date.now());
  // Loaded on demand: the library behind it is large, and most listeners ask nobody.
  const ocsp = configuration.tls.ocsp && (await import("./certificates/ocsp/standings.ts"));
  return new BuiltListener({ configuration, shared, since, files, Standings: ocsp?.OcspStandings });
}

/** The same for several. Where one cannot be built none is left. */
export async function buildTcpListeners(
  configurations: readonly TcpConfiguration[],
  shared: TcpShared,
): Promise<readonly TcpListener[]> {
  const built = await Promise.allSettled(configurations.map((one) => buildTcpListener(one, shared)));
  const failed = built.find((result) => result.status === "rejected");
  const listeners = built.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (!failed) return listeners;
  await Promise.all(listeners.map((listener) => listener.close()));
  throw failed.reason;
}

interface Built {
  readonly configuration: TcpConfiguration;
  readonly shared: TcpShared;
  /** The files' state before they were read. */
  readonly since: string;
  readonly files: ListenerFiles;
  readonly Standings: typeof OcspStandings | undefined;
}

class BuiltListener implements TcpListener {
  readonly name: string;
  readonly #configuration: TcpConfiguration;
  readonly #shared: TcpShared;
  readonly #identify: Identify;
  readonly #entrypoint: TcpEntrypoint;
  readonly #watch: FileWatch;
  readonly #health: HealthChecks | undefined;
  readonly #standings: OcspStandings | undefined;
  #files: ListenerFiles;
  #readings: CertificateReadings;
  #revocations: RevokedCertificates;
  #draining = false;

  constructor({ configuration, shared, since, files, Standings }: Built) {
    this.name = configuration.name;
    this.#configuration = configuration;
    this.#shared = shared;
    this.#files = files;
    this.#identify = identifyBy(configuration.identities);
    this.#readings = this.#newReadings(files);
    this.#revocations = revocationsOf(files.trust);
    const { proxyProtocol, tls, listen, limits } = configuration;
    const { tick: tickMs = 1_000, registry, log, metrics, pollMs } = shared;
    const dial = shared.dial ?? createDialService({ tls: () => this.#files.upstream, timeout: limits.dialMs });
    const pool = buildPool(configuration);
    this.#health = buildHealth(configuration, { pool, dial, log, metrics });
    this.#standings = Standings && this.#buildStandings(Standings);
    const parts = {
      ...{ name: this.name, listen, limits, alpn: tls.alpn, minVersion: tls.minVersion },
      sendProxyHeader: proxyProtocol.send,
      acceptProxyHeaderFrom: proxyProtocol.acceptFrom,
      admit: this.#admitter(),
      handshakes: new Handshakes(limits.handshakes),
      reach: buildReach(this.name, { pool, dial, log, metrics }),
      ...{ registry, log, metrics, tickMs },
      ticker: createTicker(tickMs),
    };
    this.#entrypoint = createTcpEntrypoint(parts, securityOf(files));
    this.#tell(files);
    const read = () => this.#read();
    const paths = listenerPaths(configuration);
    this.#watch = new FileWatch({ paths, read, log, since, ...(pollMs === undefined ? {} : { pollMs }) });
  }

  get port(): number {
    return (this.#entrypoint.server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await this.#entrypoint.listen();
    this.#health?.start();
    const { listen, upstreams } = this.#configuration;
    const address = { host: listen.host, port: this.port };
    this.#shared.log.info({ listener: this.name, address, upstreams }, "TCP listener ready");
  }

  reload(): Promise<void> {
    return this.#watch.reload();
  }

  async drain(limit: number): Promise<void> {
    this.#draining = true;
    await this.#entrypoint.drain(limit);
    await this.close();
  }

  async close(): Promise<void> {
    this.#draining = true;
    this.#watch.stop();
    this.#health?.stop();
    this.#standings?.close();
    for (const session of this.#sessions()) this.#shared.registry.end(session, "draining");
    await this.#entrypoint.close();
  }

  /** What was read under other authorities is not asked any more. */
  #newReadings({ trust }: ListenerFiles): CertificateReadings {
    return new CertificateReadings({ authorities: trust.authorities, identify: this.#identify });
  }

  #admitter() {
    const { authorizedGroups, rateLimit: rate, maxConcurrent, limits } = this.#configuration;
    const { registry, ledger, enter, now } = this.#shared;
    const standings = this.#standings;
    return createConnectionAdmitter({
      listener: this.name,
      readings: () => this.#readings,
      revocations: () => this.#revocations,
      askIssuers: standings && ((chain) => standings.stand(chain)),
      authorizedGroups,
      limits: new ClientLimits({ rate, maxConcurrent }),
      lifetimeMs: limits.lifetimeMs,
      ...{ registry, ledger, enter, now },
      draining: () => this.#draining,
    });
  }

  #buildStandings(Standings: typeof OcspStandings): OcspStandings | undefined {
    const { ocsp } = this.#configuration.tls;
    const { log, metrics, now, pollMs = 1_000 } = this.#shared;
    if (!ocsp) return undefined;
    return new Standings({
      ...ocsp,
      authorities: () => this.#files.trust.authorities,
      keyOf: ({ issuer, serialNumber }) => certificateKey(issuer, serialNumber),
      inUse: () => new Set(this.#sessions().flatMap(({ chain }) => chain)),
      onRevoked: (key) => this.#endRevoked(new Set([key])),
      ...{ log, metrics, pollMs },
      clock: () => now() * 1000,
    });
  }

  async #read(): Promise<void> {
    const files = await readListenerFiles(this.#configuration, Date.now());
    this.#files = files;
    this.#entrypoint.setSecurity(securityOf(files));
    this.#readings = this.#newReadings(files);
    this.#revocations = revocationsOf(files.trust);
    this.#tell(files);
    this.#endRevoked(this.#revocations);
  }

  #endRevoked(revoked: RevokedCertificates): void {
    for (const session of this.#sessions()) {
      if (isRevoked(session.chain, revoked)) this.#shared.registry.end(session, "revoked");
    }
  }

  #tell({ pair, trust, warnings }: ListenerFiles): void {
    const { log } = this.#shared;
    const fields = { listener: this.name, expires: pair.leaf.validToDate.toISOString(), revoked: trust.revoked.length };
    log.info(fields, "certificates loaded");
    for (const warning of warnings) log.warn({ listener: this.name }, warning);
  }

  #sessions(): readonly ConnectionSession[] {
    return [...this.#shared.registry].filter(
      (session): session is ConnectionSession =>
        session instanceof ConnectionSession && session.destination === this.name,
    );
  }
}

function revocationsOf({ revoked }: ClientTrust): RevokedCertificates {
  return new Set(revoked.map(({ issuer, serial }) => certificateKey(issuer, serial)));
}

function securityOf({ pair, trust }: ListenerFiles) {
  return { ca: trust.ca, cert: pair.cert, key: pair.key };
}

function buildPool({ upstreams, limits }: TcpConfiguration): Pool<HostPort> {
  return new Pool({ members: upstreams, retryMs: limits.retryMs, clock: () => performance.now() });
}

interface ReachShared {
  readonly pool: Pool<HostPort>;
  readonly dial: DialService;
  readonly log: Log;
  readonly metrics: Metrics;
}

function buildReach(listener: string, { pool, dial, log, metrics }: ReachShared): Reach {
  return createReach({
    ...{ pool, dial },
    onFault: (upstream, { reason, code }) => {
      metrics.upstreamFault(reason);
      log.warn({ listener, upstream, code }, "an upstream cannot be reached");
    },
  });
}

function buildHealth(
  { name: listener, health, upstreams }: TcpConfiguration,
  { pool, dial, log, metrics }: ReachShared,
): HealthChecks | undefined {
  if (!health) return undefined;
  return createHealthChecks({
    ...{ ...health, upstreams, dial },
    onState: (upstream, fault) => {
      pool.mark(upstream, fault === undefined);
      metrics.upstreamUp(listener, `${upstream.host}:${upstream.port}`, fault === undefined);
      if (fault)
        log.warn({ listener, upstream, code: fault.code }, "an upstream is passed over until it answers again");
      else log.info({ listener, upstream }, "an upstream answers health checks");
    },
  });
}
