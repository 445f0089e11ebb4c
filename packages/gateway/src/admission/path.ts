import type { Result, Target } from "@sallyport/shared";
import type { Principal } from "../identity/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Attempt, Entrypoint } from "./attempt.ts";
import type { Session } from "./session.ts";

/** What is known of an attempt so far, for the record that every outcome gets. */
export interface Findings {
  principal?: Principal;
  /** The credential's hash: never the credential. */
  credential?: string;
  target?: Target;
  clientAddress?: string | undefined;
  session?: Session;
  opened?: boolean;
}

export interface PathOptions<Read extends Attempt, Grant> {
  readonly entrypoint: Entrypoint;
  readonly ledger: Ledger;
  /** The entrypoint's checks in their order: verify, decide, take from limits, open or join a session. */
  readonly decide: (attempt: Read, findings: Findings) => Result<Grant> | Promise<Result<Grant>>;
}

/** Decides about what was read, or records why it could not be read. */
export type Path<Read extends Attempt, Grant> = (read: Result<Read>, requestId: string) => Promise<Result<Grant>>;

/**
 * What every entrypoint has in common on the way in: what could not be read is not decided about, and no outcome is
 * without a record, at the one place that no return of a check can skip.
 */
export function createPath<Read extends Attempt, Grant>(options: PathOptions<Read, Grant>): Path<Read, Grant> {
  const { entrypoint, ledger, decide } = options;
  return async (read, requestId) => {
    const findings: Findings = {};
    const outcome = read.ok ? await decide(read.value, findings) : read;
    const transport = read.ok ? read.value.transport : "unread";
    record(ledger, { outcome, findings, requestId, entrypoint, transport });
    return outcome;
  };
}

export interface Outcome {
  readonly outcome: Result<unknown>;
  readonly findings: Findings;
  readonly requestId: string;
  readonly entrypoint: Entrypoint;
  readonly transport: string;
}

export function record(ledger: Ledger, { outcome, findings, requestId, entrypoint, transport }: Outcome): void {
  const { session, opened = false, target, clientAddress, credential } = findings;
  const principal = session?.principal ?? findings.principal;
  ledger.decision({
    decision: outcome.ok ? "allow" : "deny",
    reason: outcome.ok ? undefined : outcome.reason,
    detail: outcome.ok ? undefined : outcome.detail,
    entrypoint,
    transport,
    requestId,
    session: session?.name,
    principal: principal?.id,
    tenant: principal?.tenant,
    target,
    clientAddress,
    tokenHash: credential,
    opened,
  });
}
