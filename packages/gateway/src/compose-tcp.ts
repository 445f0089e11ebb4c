import type { AddressInfo } from "node:net";
import { createConnectionAdmitter } from "./admission/admit-connection.ts";
import { ConnectionSession } from "./admission/connection-session.ts";
import type { Enter } from "./admission/entry.ts";
import type { SessionRegistry } from "./admission/sessions.ts";
import { type ClientTrust, readClientTrust, readNamed } from "./certificates/client-trust.ts";
import { FileWatch } from "./certificates/file-watch.ts";
import { readPair } from "./certificates/files.ts";
import { type CheckedPair, pairWarnings } from "./certificates/pair.ts";
import type { TcpConfiguration, TcpUpstreamTls } from "./config/configuration.ts";
import { createTcpEntrypoint, type TcpEntrypoint } from "./entrypoints/tcp/server.ts";
import { identifyBy } from "./identity/client-certificate.ts";
import { certificateKey, isRevoked, type RevokedCertificates } from "./identity/revoked-certificates.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { ClientLimits } from "./limits/clients.ts";
import { createDialService, type DialService, type ServiceTls } from "./pools/dial-service.ts";
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
  const material = await readMaterial(configuration);
  const dial =
    shared.dial ??
    createDialService({
      tls: configuration.upstreamTls && (await readServiceTls(configuration.upstreamTls)),
      timeout: configuration.limits.dialMs,
    });
  return new BuiltListener(configuration, { ...shared, dial }, material);
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

interface Material {
  readonly pair: CheckedPair;
  readonly trust: ClientTrust;
}

async function readMaterial({ tls }: TcpConfiguration): Promise<Material> {
  const [pair, trust] = await Promise.all([
    readPair({ ...tls, required: true }),
    readClientTrust(tls.caPath, tls.crlPaths),
  ]);
  if (!pair) throw new TypeError("a pair that is required is never left out");
  return { pair, trust };
}

async function readServiceTls({ caPath, serverName, client, alpn }: TcpUpstreamTls): Promise<ServiceTls> {
  const ca = (await readNamed(caPath)).toString("utf8");
  const pair = client && (await readPair({ ...client, required: true }));
  return { ca, serverName, alpn, client: pair && { cert: pair.cert, key: pair.key } };
}

class BuiltListener implements TcpListener {
  readonly name: string;
  readonly #configuration: TcpConfiguration;
  readonly #shared: TcpShared;
  readonly #entrypoint: TcpEntrypoint;
  readonly #watch: FileWatch;
  #revocations: RevokedCertificates;
  #draining = false;

  constructor(configuration: TcpConfiguration, shared: TcpShared & { dial: DialService }, material: Material) {
    this.name = configuration.name;
    this.#configuration = configuration;
    this.#shared = shared;
    this.#revocations = revocationsOf(material.trust);
    const { proxyProtocol, tls, listen, limits } = configuration;
    const { tick: tickMs = 1_000, registry, log, metrics } = shared;
    const parts = {
      ...{ name: this.name, listen, limits, alpn: tls.alpn, minVersion: tls.minVersion },
      sendProxyHeader: proxyProtocol.send,
      acceptProxyHeaderFrom: proxyProtocol.acceptFrom,
      admit: this.#admitter(),
      reach: buildReach(configuration, shared),
      ...{ registry, log, metrics, tickMs },
      ticker: createTicker(tickMs),
    };
    this.#entrypoint = createTcpEntrypoint(parts, securityOf(material));
    this.#tell(material);
    this.#watch = new FileWatch({
      paths: [tls.caPath, tls.certPath, tls.keyPath, ...tls.crlPaths],
      read: () => this.#read(),
      log,
      ...(shared.pollMs === undefined ? {} : { pollMs: shared.pollMs }),
    });
  }

  get port(): number {
    return (this.#entrypoint.server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await this.#entrypoint.listen();
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
    for (const session of this.#sessions()) this.#shared.registry.end(session, "draining");
    await this.#entrypoint.close();
  }

  #admitter() {
    const { identities, authorizedGroups, rateLimit: rate, maxConcurrent, limits } = this.#configuration;
    const { registry, ledger, enter, now } = this.#shared;
    return createConnectionAdmitter({
      listener: this.name,
      identify: identifyBy(identities),
      revocations: () => this.#revocations,
      authorizedGroups,
      limits: new ClientLimits({ rate, maxConcurrent }),
      lifetimeMs: limits.lifetimeMs,
      ...{ registry, ledger, enter, now },
      draining: () => this.#draining,
    });
  }

  async #read(): Promise<void> {
    const material = await readMaterial(this.#configuration);
    this.#entrypoint.setSecurity(securityOf(material));
    this.#revocations = revocationsOf(material.trust);
    this.#tell(material);
    for (const session of this.#sessions()) {
      if (isRevoked(session.chain, this.#revocations)) this.#shared.registry.end(session, "revoked");
    }
  }

  #tell({ pair, trust }: Material): void {
    const { log } = this.#shared;
    const fields = { listener: this.name, expires: pair.leaf.validToDate.toISOString(), revoked: trust.revoked.length };
    log.info(fields, "certificates loaded");
    for (const warning of [...pairWarnings(pair, Date.now()), ...trust.warnings])
      log.warn({ listener: this.name }, warning);
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

function securityOf({ pair, trust }: Material) {
  return { ca: trust.ca, cert: pair.cert, key: pair.key };
}

function buildReach(
  { name, upstreams, limits }: TcpConfiguration,
  { dial, log, metrics }: TcpShared & { dial: DialService },
): Reach {
  return createReach({
    pool: new Pool({ members: upstreams, retryMs: limits.retryMs, clock: () => performance.now() }),
    dial,
    onFault: (upstream, { reason, code }) => {
      metrics.upstreamFault(reason);
      log.warn({ listener: name, upstream, code }, "an upstream cannot be reached");
    },
  });
}
