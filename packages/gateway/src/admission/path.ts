import { type Awaitable, andThen, type Denied, deny, type Result, type Target } from "@sallyport/shared";
import type { Principal } from "../identity/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Attempt, Entrypoint } from "./attempt.ts";
import type { Enter } from "./entry.ts";
import type { Session } from "./session.ts";

/** What is known of an attempt so far, for the record that every outcome gets. */
export interface Findings {
  principal?: Principal;
  /** The credential's hash: never the credential. */
  credential?: string;
  target?: Target;
  clientAddress?: string | undefined;
  /** Whom to blame for a refusal, where that is certain. */
  offender?: string | undefined;
  session?: Session;
  opened?: boolean;
}

export interface PathOptions<Read extends Attempt, Grant> {
  readonly entrypoint: Entrypoint;
  readonly ledger: Ledger;
  /** What lets an opened session in. */
  readonly enter: Enter;
  /** What ends one that was not let in. */
  readonly turnAway: (session: Session) => void;
  /** The entrypoint's checks in their order: verify, decide, take from limits, open or join a session. */
  readonly decide: (attempt: Read, findings: Findings) => Awaitable<Result<Grant>>;
}

/**
 * Decides about what was read, or records why it could not be read, with the caller's address where that is known. At
 * once where nobody has to be waited for, as on a known session.
 */
export type Path<Read extends Attempt, Grant> = (
  read: Result<Read>,
  requestId: string,
  clientAddress?: string,
) => Awaitable<Result<Grant>>;

/**
 * What every entrypoint has in common on the way in: what could not be read is not decided about, and no outcome is
 * without a record, at the one place that no return of a check can skip.
 */
export function createPath<Read extends Attempt, Grant>(options: PathOptions<Read, Grant>): Path<Read, Grant> {
  const { entrypoint, ledger, decide } = options;
  return (read, requestId, clientAddress) => {
    const findings: Findings = { clientAddress };
    const transport = read.ok ? read.value.transport : "unread";
    const conclude = (outcome: Result<Grant>) => {
      record(ledger, { outcome, findings, requestId, entrypoint, transport });
      return outcome;
    };
    const decided = read.ok ? decide(read.value, findings) : read;
    return andThen(decided, (outcome) => {
      const { session } = findings;
      if (!outcome.ok || !session || session.isIn) return conclude(outcome);
      return andThen(entered(options, session), (refused) => conclude(refused ?? outcome));
    });
  };
}

/** Lets a session in once; requests that come meanwhile wait for the same answer. Undefined where it is in. */
async function entered(
  { enter, turnAway }: Pick<PathOptions<never, never>, "enter" | "turnAway">,
  session: Session,
): Promise<Denied | undefined> {
  session.entry ??= enter(session);
  const answer = await session.entry;
  if (!answer.ok) turnAway(session);
  else if (session.ended === undefined) session.isIn = true;
  else return deny("session-ended");
  return answer.ok ? undefined : answer;
}

export interface Outcome {
  readonly outcome: Result<unknown>;
  readonly findings: Findings;
  readonly requestId: string;
  readonly entrypoint: Entrypoint;
  readonly transport: string;
}

export function record(ledger: Ledger, { outcome, findings, requestId, entrypoint, transport }: Outcome): void {
  const { session, opened = false, target, clientAddress, credential, offender } = findings;
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
    offender: outcome.ok ? undefined : offender,
    tokenHash: credential,
    opened,
  });
}
