// The audit trail (what was decided) and usage (what flowed): chained records in the store, and the same as log lines.
import type { EndReason, Reason, Target } from "@sallyport/shared";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { Denials } from "./denials.ts";
import type { Trail } from "./trail.ts";

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

/** A session as it starts. */
export interface StartRecord {
  readonly session: string;
  readonly entrypoint: string;
  readonly principal: string;
  readonly tenant: string | undefined;
  readonly address: string;
  readonly clientAddress: string | undefined;
  /** Of the token that opened it. */
  readonly tokenHash: string | undefined;
  readonly jti: string | undefined;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
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
  /** Durable once it settles; rejects where the store is away (it is written later). */
  sessionStarted(record: StartRecord): Promise<void>;
  sessionEnded(record: SessionRecord): void;
  /** Writes what is still counted. */
  close(): Promise<void>;
}

/**
 * Session starts, denials and ends are `info` lines and up; a request that joins a running session is `debug`. Without a
 * trail, log lines are all.
 */
export function createLedger(log: Log, metrics: Metrics, trail?: Trail): Ledger {
  const denials = new Denials((fields, count) => trail?.note("deny", { ...fields, count }));
  return {
    decision(record) {
      metrics.decision(record.reason ?? "allow");
      const joined = record.decision === "allow" && !record.opened;
      // By far the most frequent outcomes.
      if (record.decision === "allow" && !(joined ? log.debugs : log.informs)) return;
      const fields = { audit: "decision", ...record };
      if (record.decision === "deny") {
        denials.add(denialOf(record));
        log.warn(fields, "denied");
      } else if (joined) log.debug(fields, "admitted");
      else log.info(fields, "session started");
    },
    sessionStarted: async (record) => trail?.write("start", record),
    sessionEnded(record) {
      trail?.note("end", record);
      if (log.informs) log.info({ audit: "session-end", ...record }, "session ended");
    },
    async close() {
      denials.flush();
      await trail?.close();
    },
  };
}

/** What makes two denials the same: not the request, nor a port that changes with each. */
function denialOf(record: DecisionRecord): object {
  const { reason, detail, entrypoint, session, principal, tenant, target, clientAddress, tokenHash } = record;
  return { reason, detail, entrypoint, session, principal, tenant, address: target?.address, clientAddress, tokenHash };
}
