// The gateway's configuration: strict schemas, environment names, the file, and faults that name the key.
// What the rest of the gateway sees is the shape below: parsed, checked and complete, with no default left open.
import type { Algorithm, Network } from "@sallyport/shared";
import type { PlatformName } from "./platform-names.ts";

export interface Configuration {
  readonly web: WebConfiguration;
  /** Listeners for TCP clients with certificates; absent is the same as none. */
  readonly tcp?: readonly TcpConfiguration[];
  readonly admin: AdminConfiguration;
  readonly log: LogConfiguration;
  readonly store: StoreConfiguration;
  readonly audit: AuditConfiguration;
  /** Where what must outlive the process is kept (self-signed certificate, store). */
  readonly dataDir: string;
  /** How long requests in flight may go on after SIGTERM, in seconds. */
  readonly drainSeconds: number;
  /** How long a worker that is replaced may go on with what is open, in seconds. */
  readonly handOverSeconds: number;
  /** Worker processes; 1 is none beside the one that serves, unless privileges have to be dropped. */
  readonly processes: number;
  /** Whom worker processes run as when the gateway is started as root: a name or a number. */
  readonly user?: string | undefined;
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A bound socket that a parent process handed down: listened on instead of binding anew. */
  readonly fd?: number;
}

export interface StoreConfiguration {
  /** Redis instead of a file in `dataDir`. */
  readonly redisUrl: string | undefined;
  /** Whether new sessions are let in while the store cannot be asked. */
  readonly onFailure: "allow" | "deny";
}

export interface AuditConfiguration {
  /** Secrets of the trail's chains, the newest first; empty: chained, but not authenticated. */
  readonly keys: readonly string[];
  /** How long records are kept. */
  readonly days: number;
}

export interface AdminConfiguration {
  readonly listen: ListenAddress;
  /** What callers of the admin API must show one of; empty: nobody may call it. */
  readonly tokens: readonly string[];
  /** For how long a revocation holds that says nothing of it. */
  readonly revocationDays: number;
}

export interface LogConfiguration {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly format: "json" | "pretty";
}

export interface WebConfiguration {
  readonly listen: ListenAddress;
  readonly tls: CertificateFiles;
  readonly token: TokenConfiguration;
  /** Secrets of the sessions that links open which work once, the newest first; empty: links work until they expire. */
  readonly sessionKeys: readonly string[];
  readonly targets: TargetConfiguration;
  readonly edge: EdgeConfiguration;
  readonly controllers: ControllerConfiguration;
  readonly limits: WebLimits;
  /** Let WebSocket clients without an Origin in, if nothing in the request speaks of a browser. */
  readonly allowNoOrigin: boolean;
  /** Answer a refused upgrade with a 101 and a close frame, which an original edge's browser can see. */
  readonly closeRefusedUpgrades: boolean;
}

/** PEM files. Where neither is set nor found, a self-signed certificate is made and kept under `dataDir`. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
  /** The files were named by the operator: their absence is a fault, not a reason for a self-signed certificate. */
  readonly required: boolean;
}

export interface TokenConfiguration {
  /** Shared secrets, the newest first. */
  readonly secrets: readonly string[];
  /** A JWK set's file path or https URL. */
  readonly jwks: string | undefined;
  readonly algorithms: readonly Algorithm[];
  /** The cookie's name towards the gateway. */
  readonly cookie: string;
  readonly audience: string | undefined;
}

export interface TargetConfiguration {
  readonly networks: readonly Network[];
  readonly ports: readonly number[];
  /** Stands in for an edge port of 443. */
  readonly targetPort: number;
}

export interface EdgeConfiguration {
  /** Secrets of the edge assertion, the newest first; empty: no assertion is asked for. */
  readonly keys: readonly string[];
  /** PEM text of the CA that edge client certificates must come from. */
  readonly ca: string | undefined;
}

export interface ControllerConfiguration {
  /** PEM text of CAs that controllers' certificates may come from; undefined: not verified beyond pins. */
  readonly ca: string | undefined;
  /** Networks whose controllers may speak TLS 1.0 with weak keys and ciphers. */
  readonly legacyTls: readonly Network[];
  /** Which networks have controllers of which family; the narrowest that fits holds. */
  readonly platforms: readonly NetworkPlatform[];
  /** Controllers of which nothing is said are asked what they are. */
  readonly detect: boolean;
}

export interface NetworkPlatform {
  readonly network: Network;
  readonly platform: PlatformName;
}

export interface WebLimits {
  /** Sessions at once. */
  readonly sessions: number;
  /** Of one principal, and towards one controller, over all processes. */
  readonly sessionsPerPrincipal?: number | undefined;
  readonly sessionsPerController?: number | undefined;
  /** Sessions that one client address opens in a minute; 0: any number. */
  readonly entriesPerClient: number;
  /** Client connections at once. */
  readonly connections: number;
  /** HTTP connections to one controller at once. */
  readonly connectionsPerController: number;
  /** Largest WebSocket frame that is passed on, in bytes. */
  readonly frameBytes: number;
  /** For how long a session may last, renewed or not. Milliseconds; 0: as long as its tokens say. */
  readonly sessionMs: number;
  /** A WebSocket on which neither side sent anything for so long is ended. Milliseconds; 0: never. */
  readonly idleMs: number;
  /** Connecting to a controller, TLS included. Milliseconds. */
  readonly dialMs: number;
  /** From the end of a request to the head of its answer. Milliseconds. */
  readonly answerMs: number;
  /** A client's TLS handshake, and the head of each of its requests. */
  readonly headMs: number;
  /** Within how long a client must bring another 1 KiB of a body, and a refused upgrade's answer must move on. */
  readonly bodyMs: number;
}

/** One TCP listener and where it leads. */
export interface TcpConfiguration {
  /** What logs and accounts call it. */
  readonly name: string;
  readonly listen: ListenAddress;
  readonly tls: TcpTls;
  /** How certificates name users and groups; the first rule that fits holds. */
  readonly identities: readonly TcpIdentity[];
  readonly authorizedGroups: readonly string[];
  /** One at least, in the order in which ties are settled. */
  readonly upstreams: readonly HostPort[];
  /** Absent: plain TCP. */
  readonly upstreamTls: TcpUpstreamTls | undefined;
  /** Absent: an upstream's state is known from clients' connections only. */
  readonly health: HealthConfiguration | undefined;
  readonly proxyProtocol: TcpProxyProtocol;
  /** New connections of one client over time; absent: any number. */
  readonly rateLimit: { readonly capacity: number; readonly fillMs: number } | undefined;
  /** Connections of one client at once; absent: any number. */
  readonly maxConcurrent: number | undefined;
  readonly limits: TcpLimits;
}

/** PEM files, read anew when they change. */
export interface TcpTls {
  /** Authorities that clients' certificates come from. */
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
  /** Certificate revocation lists, PEM or DER. */
  readonly crlPaths: readonly string[];
  /** Absent: no responder is asked about clients' certificates. */
  readonly ocsp: OcspConfiguration | undefined;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Empty: ALPN is not negotiated. */
  readonly alpn: readonly string[];
}

/** How OCSP responders are asked about clients' certificates. */
export interface OcspConfiguration {
  /** In place of the responder that a client's certificate names. */
  readonly url: string | undefined;
  /** What becomes of a client about whom no answer can be had. */
  readonly onFailure: "allow" | "deny";
  /** For one question, in milliseconds. */
  readonly timeoutMs: number;
  /** An answer is asked for anew after so long at most, in milliseconds; sooner where its next update is. */
  readonly refreshMs: number;
}

/** Looking after upstreams before clients come to them; times in milliseconds. */
export interface HealthConfiguration {
  readonly intervalMs: number;
  /** For one connection, TLS included. */
  readonly timeoutMs: number;
  /** Failures one after the other until an upstream is passed over; one success brings it back. */
  readonly failures: number;
}

export interface TcpIdentity {
  readonly from: "common-name" | "uri" | "dns" | "email";
  readonly pattern: string;
  readonly group: string | undefined;
}

export interface HostPort {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
}

export interface TcpUpstreamTls {
  readonly caPath: string;
  readonly serverName: string | undefined;
  readonly client: { readonly certPath: string; readonly keyPath: string } | undefined;
  readonly alpn: readonly string[];
}

export interface TcpProxyProtocol {
  /** Tell upstreams the client's address (version 2). */
  readonly send: boolean;
  /** Balancers that tell it to us, and must. */
  readonly acceptFrom: readonly Network[];
}

/** Times in milliseconds; 0 is for ever where that makes sense. */
export interface TcpLimits {
  /** Connections of the whole listener at once. */
  readonly connections: number;
  /** Unfinished handshakes of one address at once. */
  readonly handshakes: number;
  readonly idleMs: number;
  readonly lifetimeMs: number;
  readonly dialMs: number;
  readonly handshakeMs: number;
  /** How long an upstream that could not be reached is passed over. */
  readonly retryMs: number;
}
