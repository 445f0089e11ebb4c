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
  /** To be told of each session that ended, let in or not. */
  readonly onEnd?: (session: Session, reason: EndReason) => void;
}

/** What a registry of sessions is made of: each end goes into the ledger, each byte and count into the metrics. */
export function registryOptions(
  maxSessions: number,
  { ledger, metrics, now, onEnd: ended }: RegistryParts,
): RegistryOptions {
  const onEnd = (session: Session, reason: EndReason) => {
    const { name, principal, destination, counts, startedAt } = session;
    ended?.(session, reason);
    // One that was refused is recorded as a denial.
    if (!session.isIn) return;
    const lasted = now() - startedAt;
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
  return { now, maxSessions, onEnd, onBytes, onCount: (open) => metrics.sessions(open) };
}
