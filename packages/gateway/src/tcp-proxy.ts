import { allow, deny } from "@sallyport/shared";
import type { Enter } from "./admission/entry.ts";
import { SessionRegistry } from "./admission/sessions.ts";
import { registryOptions } from "./compose-registry.ts";
import { buildTcpListener, type TcpListener } from "./compose-tcp.ts";
import type { TcpConfiguration } from "./config/configuration.ts";
import { parseTcp } from "./config/tcp.ts";
import { createLedger } from "./ledger/ledger.ts";
import type { DialService } from "./pools/dial-service.ts";
import { type Log, noLog } from "./telemetry/log.ts";
import { type Metrics, noMetrics } from "./telemetry/metrics.ts";

/** A time in text (`500ms`, `90s`, `5m`, `1h`), or in seconds. */
export type Duration = string | number;

/** What a TCP proxy is made of: the same keys as an entry of `tcp` in `sallyport.yaml`. */
export interface TcpProxyConfiguration {
  /** What logs call it. Default `tcp`. */
  readonly name?: string;
  /** `host:port`, `[address]:port` or `:port`; port 0 is any free one. */
  readonly listen: string;
  /** Paths of PEM files, from the working folder; read anew when they change. */
  readonly tls: {
    /** Authorities that clients' certificates come from. */
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    /** Revocation lists, PEM or DER. */
    readonly crl?: readonly string[];
    /** Asks OCSP responders about clients' certificates. Absent: none is asked. */
    readonly ocsp?: {
      /** In place of the responder that a certificate names. */
      readonly url?: string;
      /** What becomes of a client about whom no answer can be had. Default `deny`. */
      readonly onFailure?: "allow" | "deny";
      /** For one question. Default 3 s. */
      readonly timeout?: Duration;
      /** An answer is asked for anew after so long at most. Default 5 minutes. */
      readonly refresh?: Duration;
    };
    /** Default `TLSv1.3`. */
    readonly minVersion?: "TLSv1.2" | "TLSv1.3";
    readonly alpn?: readonly string[];
  };
  /** How certificates name users and groups; the first that fits holds. Default: common name `user@group`. */
  readonly identities?: readonly {
    readonly from: "common-name" | "uri" | "dns" | "email";
    /** Literal text around `{user}` and `{group}`. */
    readonly pattern: string;
    /** The group, where the pattern names none. */
    readonly group?: string;
  }[];
  readonly authorizedGroups: readonly string[];
  /** `host:port` or `[address]:port`, one at least. */
  readonly upstreams: readonly string[];
  /** Absent: plain TCP. */
  readonly upstreamTls?: {
    readonly ca: string;
    readonly serverName?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly alpn?: readonly string[];
  };
  /** Connects to each upstream now and then, TLS included. Absent: clients' connections alone tell. */
  readonly health?: {
    /** Default 5 s. */
    readonly interval?: Duration;
    /** For one connection. Default 2 s. */
    readonly timeout?: Duration;
    /** So many failures one after the other take an upstream out; one success brings it back. Default 2. */
    readonly failures?: number;
  };
  /** Version 2, towards upstreams and from balancers in these networks. */
  readonly proxyProtocol?: { readonly send?: boolean; readonly acceptFrom?: readonly string[] };
  /** New connections of one client: `capacity` at once, one more each `fillRate`. */
  readonly rateLimit?: { readonly capacity: number; readonly fillRate: Duration };
  /** Connections of one client at once. */
  readonly maxConcurrent?: number;
  /** Connections of all clients at once. Default 10,000. */
  readonly maxConnections?: number;
  /** Unfinished handshakes of one address (IPv6: one /64) at once. Default a tenth of `maxConnections`, 64 at least. */
  readonly maxHandshakes?: number;
  /** Ends a connection on which no byte came for so long from either side. Default 0: never. */
  readonly idleTimeout?: Duration;
  /** Longest life of a connection, which its certificate's end limits anyway. Default 0: no other limit. */
  readonly lifetime?: Duration;
  /** Default 5 s. */
  readonly dialTimeout?: Duration;
  /** Default 10 s. */
  readonly handshakeTimeout?: Duration;
  /** How long an upstream that could not be reached is passed over. Default 10 s. */
  readonly retryAfter?: Duration;
}

/** What the embedding program may put in place of ours. */
export interface TcpProxyParts {
  /** Default: none. */
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** Seconds since the epoch, wall clock. */
  readonly now?: () => number;
  /** Opens connections to upstreams; has to hand what it reads to `onread` (see `node:net`). */
  readonly dial?: DialService;
  /** How long a second is to idle timeouts, in milliseconds; shorter only in tests. */
  readonly tick?: number;
  /** How often changed files are looked for, in milliseconds. Default 2,000. */
  readonly pollMs?: number;
}

/** A TCP proxy that was made of a good configuration; `close` works in every state. */
export interface TcpProxy {
  /** The port that it listens on. @throws TypeError while it does not listen */
  readonly port: number;
  /** How many connections are admitted now. */
  readonly connections: number;
  /**
   * Resolves when it listens. Rejects with a system error (`EADDRINUSE`), with a TypeError when called again, with an
   * Error when it is closed meanwhile.
   */
  listen(): Promise<void>;
  /** Reads certificates and revocation lists at once. Never rejects: what is broken is logged. */
  reload(): Promise<void>;
  /**
   * Ends the connections of a principal (`user@group`, as logs name it) and admits none more, until `restore` or the
   * end of the proxy: nothing of this is kept. Returns how many were ended.
   */
  revoke(principal: string): number;
  /** Takes a `revoke` back. */
  restore(principal: string): void;
  /** Stops accepting, gives connections `drain` milliseconds (default 0) to end, then ends them. Harmless again. */
  close(options?: { readonly drain?: number }): Promise<void>;
}

/**
 * Makes a TCP proxy for clients with certificates; it does not listen yet.
 * @throws ConfigurationError with every fault of the configuration
 * @throws CertificateError with every fault of the files that it names
 */
export async function createTcpProxy(
  configuration: TcpProxyConfiguration,
  parts: TcpProxyParts = {},
): Promise<TcpProxy> {
  return buildTcpProxy(parseTcp(configuration, "."), parts);
}

/**
 * The same of a configuration that was read already.
 * @throws CertificateError
 */
export async function buildTcpProxy(configuration: TcpConfiguration, parts: TcpProxyParts = {}): Promise<TcpProxy> {
  const { log = noLog, metrics = noMetrics, now = () => Date.now() / 1000, ...more } = parts;
  const ledger = createLedger(log, metrics);
  const registry = new SessionRegistry(registryOptions(0, { ledger, metrics, now }));
  const revoked = new Set<string>();
  // There is no store: what the embedding program has said is all that is known of a session beside its certificate.
  const enter: Enter = async ({ principal }) => (revoked.has(principal.id) ? deny("session-revoked") : allow(true));
  const shared = { registry, ledger, enter, log, metrics, now, ...more };
  return new Proxied(await buildTcpListener(configuration, shared), registry, revoked);
}

class Proxied implements TcpProxy {
  readonly #listener: TcpListener;
  readonly #registry: SessionRegistry;
  /** Principals. */
  readonly #revoked: Set<string>;
  #state: "built" | "listening" | "closed" = "built";
  #closed: Promise<void> | undefined;

  constructor(listener: TcpListener, registry: SessionRegistry, revoked: Set<string>) {
    this.#listener = listener;
    this.#revoked = revoked;
    this.#registry = registry;
  }

  get port(): number {
    if (this.#state !== "listening") throw new TypeError("the proxy does not listen");
    return this.#listener.port;
  }

  get connections(): number {
    return this.#registry.size;
  }

  async listen(): Promise<void> {
    if (this.#state !== "built") throw new TypeError(`the proxy is ${this.#state} already: a closed one is made anew`);
    this.#state = "listening";
    await this.#listener.listen();
  }

  reload(): Promise<void> {
    return this.#listener.reload();
  }

  revoke(principal: string): number {
    this.#revoked.add(principal);
    const theirs = [...this.#registry].filter((session) => session.principal.id === principal);
    for (const session of theirs) this.#registry.end(session, "revoked");
    return theirs.length;
  }

  restore(principal: string): void {
    this.#revoked.delete(principal);
  }

  close({ drain = 0 } = {}): Promise<void> {
    this.#state = "closed";
    this.#closed ??= this.#close(drain);
    return this.#closed;
  }

  async #close(drain: number): Promise<void> {
    await (drain > 0 ? this.#listener.drain(drain) : this.#listener.close());
    this.#registry.close();
  }
}
