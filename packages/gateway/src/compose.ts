import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  createTokenVerifier,
  isAllowedTarget,
  joinKeySets,
  jwkKeySet,
  type KeySet,
  networkContains,
  parseAddress,
  secretKeySet,
  type TokenVerifier,
} from "@sallyport/shared";
import { createAdmitter } from "./admission/admit.ts";
import { createBlame } from "./admission/blame.ts";
import { createLinkDesk } from "./admission/link-desk.ts";
import { createResidence, type Residence } from "./admission/residence.ts";
import { SessionRegistry } from "./admission/sessions.ts";
import { registryOptions } from "./compose-registry.ts";
import { buildTcpListeners, type TcpListener } from "./compose-tcp.ts";
import type {
  Configuration,
  ControllerConfiguration,
  TokenConfiguration,
  WebConfiguration,
} from "./config/configuration.ts";
import { CookieOrigins } from "./entrypoints/web/cookie-origins.ts";
import { Leaving } from "./entrypoints/web/leaving.ts";
import type { WebParts } from "./entrypoints/web/parts.ts";
import { type CertificatePair, createWebEntrypoint, type WebEntrypoint } from "./entrypoints/web/server.ts";
import { createEdgeVerifier } from "./identity/edge.ts";
import { jwkSetLoader } from "./identity/jwk-set.ts";
import { type Books, createBooks } from "./ledger/books.ts";
import { PlatformDirectory } from "./platforms/directory.ts";
import { anySecondPort } from "./platforms/families.ts";
import { generic } from "./platforms/generic.ts";
import type { Platform } from "./platforms/platform.ts";
import { createDial } from "./pools/dial.ts";
import { createHttpClients, type HttpClients } from "./pools/http-clients.ts";
import type { HttpManners } from "./pools/upstream.ts";
import { probeOver } from "./probing/probe.ts";
import { createTicker } from "./relay/ticker.ts";
import { openStore } from "./store/open.ts";
import { NoPlaceError, type Store } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

export interface GatewayParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly certificate: CertificatePair;
  /** Seconds since the epoch, wall clock; another one only in tests. */
  readonly now?: () => number;
  /** How long a second is to relays that count quiet ones, in milliseconds; shorter only in tests. */
  readonly tick?: number;
}

export interface Gateway {
  /** The port of the web entrypoint. */
  readonly port: number;
  /** It listens and does not drain. */
  readonly ready: boolean;
  readonly sessions: SessionRegistry;
  readonly store: Store;
  /** The TCP listeners, in the configuration's order. */
  readonly tcp: readonly TcpListener[];
  /** For new connections. Ticket keys are new with it, until some are set. */
  setCertificate(pair: CertificatePair): void;
  /** 48 bytes that other processes have too, so that TLS sessions begun with one go on with another. */
  setTicketKeys(keys: Uint8Array): void;
  /** Stops accepting, lets requests end within `drainSeconds`, closes WebSockets with 1001, then closes. */
  drain(): Promise<void>;
  /** Ends everything at once. Harmless when called again. */
  close(): Promise<void>;
}

/** Builds a gateway and starts to listen; what was built is undone where that fails. */
export async function startGateway(configuration: Configuration, parts: GatewayParts): Promise<Gateway> {
  const store = await buildStore(configuration, parts.log);
  const gateway = await build(configuration, parts, store);
  try {
    await gateway.warmUp();
    await gateway.listen();
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return gateway;
}

/** Where there is no place for its file, configuration decides whether that is a reason not to serve. */
async function buildStore({ dataDir, store }: Configuration, log: Log): Promise<Store> {
  const onStatus = (error: Error | undefined) => {
    if (error === undefined) log.info({}, "the store is there again");
    else log.error({ error }, "the store cannot be reached");
  };
  try {
    return await openStore({ dataDir, redisUrl: store.redisUrl, onStatus });
  } catch (error) {
    if (!(error instanceof NoPlaceError) || store.onFailure === "deny") throw error;
    log.error({ error }, "revocations and audit are kept in memory only, and end with the process");
    return openStore({ dataDir: "" });
  }
}

async function build(configuration: Configuration, parts: GatewayParts, store: Store): Promise<RunningGateway> {
  const { web } = configuration;
  const { log, metrics, now = () => Date.now() / 1000 } = parts;
  const instance = randomUUID();
  const books = createBooks({
    ...{ store, instance, log, metrics, now, ...configuration.audit },
    open: () => registry,
  });
  const { ledger } = books;
  const registry = new SessionRegistry(
    registryOptions(web.limits.sessions, {
      ledger,
      metrics,
      now,
      onEnd(session, reason) {
        residence.left(session, reason);
        if (session.isIn) books.bill(session);
      },
    }),
  );
  const residence = createResidence({
    ...{ store, instance, registry, log, metrics, now },
    recordStart: books.started,
    onStoreFailure: configuration.store.onFailure,
    perPrincipal: web.limits.sessionsPerPrincipal,
    perTarget: web.limits.sessionsPerController,
  });
  const dial = createDial({
    allowed: (address) => isAllowedTarget(address, web.targets.networks),
    timeout: web.limits.dialMs,
  });
  const clients = createHttpClients({
    dial,
    answerTimeout: web.limits.answerMs,
  });
  const state = { draining: false };
  const { links, cookies } = buildVerifiers(web, log);
  const [sessionKey] = web.sessionKeys;
  const admitter = createAdmitter({
    verifier: cookies,
    desk:
      sessionKey === undefined
        ? undefined
        : createLinkDesk({ verifier: links, store, feed: residence.feed, key: sessionKey }),
    edge: web.edge.keys.length > 0 ? createEdgeVerifier(web.edge.keys) : undefined,
    targets: {
      networks: web.targets.networks,
      allowedPorts: web.targets.ports,
      targetPort: web.targets.targetPort,
      secondPorts: anySecondPort,
    },
    allowNoOrigin: web.allowNoOrigin,
    blame: createBlame({ registry, edgeProven: web.edge.keys.length > 0 || web.edge.ca !== undefined }),
    registry,
    ledger,
    enter: residence.enter,
    onRenewed: (session) => residence.feed.tellRenewal(session),
    now,
    draining: () => state.draining,
  });
  const upstreamFor = upstreams(web.controllers);
  const mannersOf = manners(web.limits.connectionsPerController, configuration.processes);
  const clientFor: WebParts["clientFor"] = (admission, platform) =>
    clients.client(upstreamFor(admission, platform), mannersOf(platform));
  const probeFor: WebParts["probeFor"] = (admission) => {
    const upstream = upstreamFor({ ...admission, target: admission.pages }, generic);
    return probeOver(clients.client(upstream, PROBING), admission.pages);
  };
  const webParts: WebParts = {
    configuration: web,
    admitter,
    registry,
    dial,
    platforms: buildDirectory(web.controllers, log),
    upstreamFor,
    clientFor,
    probeFor,
    leaving: new Leaving({ clientFor, log }),
    cookieOrigins: new CookieOrigins(),
    ticker: createTicker(parts.tick ?? 1_000),
    log,
    metrics,
  };
  const entrypoint = createWebEntrypoint(webParts, parts.certificate);
  const shared = { registry, ledger, enter: residence.enter, log, metrics, now, tick: parts.tick };
  const tcp = await buildTcpListeners(configuration.tcp ?? [], shared).catch(async (error: unknown) => {
    await residence.close();
    await books.close();
    await store.close();
    throw error;
  });
  return new RunningGateway({ configuration, entrypoint, tcp, registry, clients, state, store, residence, books });
}

/** Where links work once, a cookie holds what a gateway made of one. */
function buildVerifiers(
  { token, sessionKeys }: WebConfiguration,
  log: Log,
): Record<"links" | "cookies", TokenVerifier> {
  const { algorithms, audience } = token;
  const links = createTokenVerifier({ keys: buildKeys(token, log), algorithms, audience });
  if (sessionKeys.length === 0) return { links, cookies: links };
  const keys = secretKeySet(sessionKeys);
  return { links, cookies: createTokenVerifier({ keys, algorithms: ["HS256"], audience, kind: "session" }) };
}

function buildKeys(token: TokenConfiguration, log: Log): KeySet {
  const sets: KeySet[] = token.secrets.length > 0 ? [secretKeySet(token.secrets)] : [];
  if (token.jwks !== undefined) {
    sets.push(
      jwkKeySet({
        load: jwkSetLoader(token.jwks),
        clock: () => performance.now(),
        onError: (error) => log.error({ error }, "the JWK set could not be loaded; the last good one stays in force"),
      }),
    );
  }
  return joinKeySets(sets);
}

function buildDirectory({ platforms, detect }: ControllerConfiguration, log: Log): PlatformDirectory {
  return new PlatformDirectory({
    byNetwork: platforms,
    detect,
    clock: () => performance.now(),
    onDetected: ({ address, port }, { name }) => log.info({ address, port, platform: name }, "controller recognised"),
  });
}

/** What is trusted at a target: the token's pins, else the operator's CA; old TLS only where setting and family allow. */
function upstreams({ ca, legacyTls }: ControllerConfiguration): WebParts["upstreamFor"] {
  return ({ session, target }, platform) => {
    const address = parseAddress(target.address);
    const listed = address !== undefined && legacyTls.some((network) => networkContains(network, address));
    return { target, trust: { pins: session.claims.spki ?? [], ca, legacy: listed && platform.legacyTls } };
  };
}

/** One question at a time, to a controller of which it is not known how much it bears. */
const PROBING: HttpManners = { connections: 1, lenient: true };

/** Connections that one process may have to a controller: its share of what the family bears. */
function manners(most: number, processes: number): (platform: Platform) => HttpManners {
  return ({ connections, lenientHttp }) => ({
    connections: Math.max(1, Math.floor(Math.min(most, connections) / processes)),
    lenient: lenientHttp,
  });
}

interface RunningParts {
  readonly configuration: Configuration;
  readonly entrypoint: WebEntrypoint;
  readonly tcp: readonly TcpListener[];
  readonly registry: SessionRegistry;
  readonly clients: HttpClients;
  readonly state: { draining: boolean };
  readonly store: Store;
  readonly residence: Residence;
  readonly books: Books;
}

class RunningGateway implements Gateway {
  readonly #parts: RunningParts;
  #closed: Promise<void> | undefined;
  #listening = false;

  constructor(parts: RunningParts) {
    this.#parts = parts;
  }

  get port(): number {
    return (this.#parts.entrypoint.server.address() as AddressInfo).port;
  }

  get ready(): boolean {
    return this.#listening && !this.#parts.state.draining;
  }

  get tcp(): readonly TcpListener[] {
    return this.#parts.tcp;
  }

  get sessions(): SessionRegistry {
    return this.#parts.registry;
  }

  get store(): Store {
    return this.#parts.store;
  }

  /** Knows every revocation before it serves anybody. */
  async warmUp(): Promise<void> {
    await this.#parts.residence.feed.read();
  }

  async listen(): Promise<void> {
    const { entrypoint, tcp, configuration } = this.#parts;
    // Where a parent process bound the socket, `listen` has its descriptor, which Node prefers to host and port.
    entrypoint.server.listen({ ...configuration.web.listen });
    await once(entrypoint.server, "listening");
    await Promise.all(tcp.map((listener) => listener.listen()));
    this.#listening = true;
  }

  setCertificate(pair: CertificatePair): void {
    this.#parts.entrypoint.setCertificate(pair);
  }

  setTicketKeys(keys: Uint8Array): void {
    this.#parts.entrypoint.server.setTicketKeys(Buffer.from(keys));
  }

  async drain(): Promise<void> {
    const { entrypoint, tcp, configuration, state } = this.#parts;
    const limit = configuration.drainSeconds * 1000;
    if (!state.draining) {
      state.draining = true;
      await Promise.all([entrypoint.drain(limit), ...tcp.map((listener) => listener.drain(limit))]);
    }
    await this.close();
  }

  close(): Promise<void> {
    this.#parts.state.draining = true;
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { entrypoint, tcp, registry, clients, residence, books, store } = this.#parts;
    registry.endAll("draining");
    registry.close();
    await Promise.all([entrypoint.close(), ...tcp.map((listener) => listener.close())]);
    await clients.close();
    await residence.close();
    await books.close();
    await store.close();
  }
}
