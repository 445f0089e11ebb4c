import { randomUUID } from "node:crypto";
import { createAdmitter } from "./admission/admit.ts";
import { createBlame } from "./admission/blame.ts";
import { createNonceDesk } from "./admission/nonce-desk.ts";
import { createResidence } from "./admission/residence.ts";
import { SessionRegistry } from "./admission/sessions.ts";
import { endWhere } from "./admission/sweep.ts";
import { isWithdrawn } from "./admission/withdrawn.ts";
import { type Gateway, RunningGateway } from "./compose-gateway.ts";
import { buildDirectory } from "./compose-platforms.ts";
import { registryOptions } from "./compose-registry.ts";
import { RulesInForce } from "./compose-rules.ts";
import { buildTcpListeners } from "./compose-tcp.ts";
import type { Configuration } from "./config/configuration.ts";
import { CookieOrigins } from "./entrypoints/web/cookie-origins.ts";
import { Leaving } from "./entrypoints/web/leaving.ts";
import type { WebParts } from "./entrypoints/web/parts.ts";
import { type CertificatePair, createWebEntrypoint } from "./entrypoints/web/server.ts";
import { createEdgeVerifier } from "./identity/edge.ts";
import { createBooks } from "./ledger/books.ts";
import { EntryLimit } from "./limits/entries.ts";
import { generic } from "./platforms/generic.ts";
import { Deadlines } from "./pools/deadlines.ts";
import { createDial } from "./pools/dial.ts";
import { createHttpClients } from "./pools/http-clients.ts";
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
      maxSeconds: () => rules.current.web.limits.sessionMs / 1000,
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
  const rules = new RulesInForce(web, {
    ...{ store, feed: residence.feed, processes: configuration.processes },
    onKeysError: (error) => log.error({ error }, "the JWK set could not be loaded; the last good one stays in force"),
    onKeysLoaded: () => void endWithdrawn(rules, registry, log),
  });
  const dial = createDial({
    allowed: (address) => rules.current.targets.lists(address),
    timeout: web.limits.dialMs,
  });
  const clients = createHttpClients({
    dial,
    answerTimeout: web.limits.answerMs,
  });
  const state = { draining: false };
  const useNonceEverywhere = createNonceDesk({
    ...{ store, now, onStoreFailure: configuration.store.onFailure },
    onUnchecked(error) {
      metrics.storeFailure();
      log.warn({ error }, "the store could not be asked whether an edge's statement was used before");
    },
  });
  const admitter = createAdmitter({
    rules,
    edge:
      web.edge.keys.length > 0 ? createEdgeVerifier(() => rules.current.web.edge.keys, useNonceEverywhere) : undefined,
    entries: new EntryLimit(() => rules.current.web.limits.entriesPerClient),
    blame: createBlame({ registry, edgeProven: web.edge.keys.length > 0 || web.edge.ca !== undefined }),
    registry,
    ledger,
    enter: residence.enter,
    revocations: residence.revocations,
    onRenewed: (session) => residence.renewed(session),
    now,
    draining: () => state.draining,
  });
  const upstreamFor: WebParts["upstreamFor"] = (admission, platform) => rules.current.upstreamFor(admission, platform);
  const clientFor: WebParts["clientFor"] = (admission, platform) =>
    clients.client(upstreamFor(admission, platform), rules.current.mannersOf(platform));
  const probeFor: WebParts["probeFor"] = (admission) => {
    const upstream = upstreamFor({ ...admission, target: admission.pages }, generic);
    return probeOver(clients.client(upstream, PROBING), admission.pages);
  };
  const webParts: WebParts = {
    rules,
    admitter,
    registry,
    dial,
    upgradeDeadlines: new Deadlines(web.limits.answerMs),
    platforms: buildDirectory({ rules, store, log, metrics, now }),
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
  const withdraw = () => endWithdrawn(rules, registry, log);
  const kept = { configuration, entrypoint, tcp, registry, clients, state, store, residence, books };
  return new RunningGateway({ ...kept, rules, withdraw });
}

/** Ends what stands on a key or a network that changed settings, or a JWK set that was read anew, no longer have. */
async function endWithdrawn(rules: RulesInForce, registry: SessionRegistry, log: Log): Promise<void> {
  const grounds = await rules.current.grounds();
  const ended = await endWhere(registry, (session) => (isWithdrawn(session, grounds) ? "revoked" : undefined));
  if (ended > 0) log.info({ ended }, "sessions ended whose key or target was taken back");
}

/** One question at a time, to a controller of which it is not known how much it bears. */
const PROBING: HttpManners = { connections: 1, lenient: true };
