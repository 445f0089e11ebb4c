import type { EndReason } from "@sallyport/shared";
import type { Session } from "./admission/session.ts";
import type { RegistryOptions } from "./admission/sessions.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Metrics } from "./telemetry/metrics.ts";

export interface RegistryParts {
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** For how long (seconds) a session may last; 0: no limit. */
  readonly maxSeconds?: () => number;
  /** To be told of each session that ended, let in or not. */
  readonly onEnd?: (session: Session, reason: EndReason) => void;
}

/** What a registry of sessions is made of: each end goes into the ledger, each byte and count into the metrics. */
export function registryOptions(
  maxSessions: number,
  { ledger, metrics, now, onEnd: ended, maxSeconds }: RegistryParts,
): RegistryOptions {
  const onEnd = (session: Session, reason: EndReason) => {
    const { name, principal, destination, counts, startedAt } = session;
    ended?.(session, reason);
    // One that was refused is recorded as a denial.
    if (!session.isIn) return;
    // To the millisecond: what comes behind is the noise of floating point.
    const lasted = Math.round((now() - startedAt) * 1000) / 1000;
    ledger.sessionEnded({
      session: name,
      principal: principal.id,
      tenant: principal.tenant,
      address: destination,
      reason,
      lasted,
      ...counts,
    });
  };
  const onBytes = (received: number, sent: number) => {
    metrics.bytes("up", received);
    metrics.bytes("down", sent);
  };
  const onCount = (open: number) => metrics.sessions(open);
  return { now, maxSessions, onEnd, onBytes, onCount, ...(maxSeconds ? { maxSeconds } : {}) };
}
