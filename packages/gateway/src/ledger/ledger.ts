// The audit trail (what was decided) and usage (what flowed). Written through the log until there is a store.
import type { EndReason, Reason, Target } from "@sallyport/shared";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** One outcome of admission. Holds no secret: a token is named by its hash. */
export interface DecisionRecord {
  readonly decision: "allow" | "deny";
  readonly reason: Reason | undefined;
  readonly detail: string | undefined;
  readonly entrypoint: string;
  readonly transport: string;
  readonly requestId: string;
  /** The session's name, not its id. */
  readonly session: string | undefined;
  readonly principal: string | undefined;
  readonly tenant: string | undefined;
  readonly target: Target | undefined;
  readonly clientAddress: string | undefined;
  /** The address to blame for a refusal, where that is certain: what may be banned by it. */
  readonly offender: string | undefined;
  readonly tokenHash: string | undefined;
  /** The decision opened a session, rather than joining one. */
  readonly opened: boolean;
}

export interface SessionRecord {
  readonly session: string;
  readonly principal: string;
  readonly tenant: string | undefined;
  readonly address: string;
  readonly reason: EndReason;
  /** Seconds. */
  readonly lasted: number;
  readonly received: number;
  readonly sent: number;
}

export interface Ledger {
  decision(record: DecisionRecord): void;
  sessionEnded(record: SessionRecord): void;
}

/** Session starts, denials and ends are `info` lines and up; a request that joins a running session is `debug`. */
export function createLedger(log: Log, metrics: Metrics): Ledger {
  return {
    decision(record) {
      metrics.decision(record.reason ?? "allow");
      const fields = { audit: "decision", ...record };
      if (record.decision === "deny") log.warn(fields, "denied");
      else if (record.opened) log.info(fields, "session started");
      else log.debug(fields, "admitted");
    },
    sessionEnded(record) {
      log.info({ audit: "session-end", ...record }, "session ended");
    },
  };
}
