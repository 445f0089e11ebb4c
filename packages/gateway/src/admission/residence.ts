import type { EndReason } from "@sallyport/shared";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { createEntry, type Enter } from "./entry.ts";
import { Presence } from "./presence.ts";
import { RevocationFeed } from "./revocation-feed.ts";
import { Revocations } from "./revocations.ts";
import type { Session } from "./session.ts";
import type { SessionRegistry } from "./sessions.ts";
import { StoreClock } from "./store-clock.ts";
import { TokenSession } from "./token-session.ts";

export interface ResidenceOptions {
  readonly store: Store;
  /** This process's name, unlike all others' and all earlier ones'. */
  readonly instance: string;
  readonly registry: SessionRegistry;
  readonly recordStart: (session: Session) => Promise<void>;
  readonly onStoreFailure: "allow" | "deny";
  /** Sessions at once over all processes; undefined: no limit. */
  readonly perPrincipal: number | undefined;
  readonly perTarget: number | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
}

/** What sessions have to do with the store, for as long as they last. */
export interface Residence {
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly enter: Enter;
  /** To be told of each session here that took a fresh token. */
  renewed(session: TokenSession): void;
  /** To be told of each session that ended. */
  left(session: Session, reason: EndReason): void;
  close(): Promise<void>;
}

/** Ends after which the session's tokens do not open it again, in any process. */
const FOR_GOOD: ReadonlySet<EndReason> = new Set(["ended", "replaced", "time-limit"]);

/**
 * Of a session that was renewed one token may have been revoked: by the others it would be open again. Where all that leads
 * somewhere was revoked, or settings took something back, what opens it is asked anew.
 */
function isForGood(session: Session, reason: EndReason, revocations: Revocations): boolean {
  if (FOR_GOOD.has(reason)) return true;
  if (reason !== "revoked" || !session.isIn || !(session instanceof TokenSession)) return false;
  return session.tokenHashes.length > 1 && revocations.verdict(session.tokenMarks) !== undefined;
}

export function createResidence(options: ResidenceOptions): Residence {
  const { store, registry, log, metrics, now, instance, onStoreFailure, recordStart } = options;
  const revocations = new Revocations();
  const failed = (error: unknown) => {
    metrics.storeFailure();
    log.error({ error }, "the store failed");
  };
  const clock = new StoreClock({
    ...{ store, now },
    onSkew(ahead) {
      if (ahead === undefined) log.info({}, "this machine's clock agrees with the store's again");
      else log.warn({ ahead }, "this machine's clock differs from the store's: set it right (NTP), sessions end by it");
    },
  });
  const presence = new Presence({
    ...{ store, registry, instance, clock, onError: failed },
    perPrincipal: options.perPrincipal ?? Number.MAX_SAFE_INTEGER,
    perTarget: options.perTarget ?? Number.MAX_SAFE_INTEGER,
  });
  const feed = new RevocationFeed({
    ...{ store, revocations, registry, now },
    onRenewed: (session) => presence.renewed(session),
    onStatus: (error) => (error === undefined ? log.info({}, "revocations are up to date") : failed(error)),
    onEmptied(count, links) {
      log.error(
        { revocations: count, links },
        "the store lost what it knew, or the last of it: what is known here was written back, the rest is gone",
      );
      void presence.again();
    },
  });
  const enter = createEntry({
    ...{ revocations, feed, presence, onStoreFailure, recordStart },
    onUnchecked({ name }, error) {
      metrics.storeFailure();
      log.warn({ session: name, onStoreFailure, error }, "the store could not be asked about a new session");
    },
  });
  return {
    revocations,
    feed,
    enter,
    renewed(session) {
      feed.tellRenewal(session);
      presence.renewed(session);
    },
    left(session, reason) {
      if (isForGood(session, reason, revocations)) feed.putOut(session);
      presence.leave(session);
    },
    async close() {
      await feed.close();
      await presence.close();
    },
  };
}
