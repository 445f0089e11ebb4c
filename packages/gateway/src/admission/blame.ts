import { type Assertion, type Awaitable, allow, deny, type Reason, type Result, sha256 } from "@sallyport/shared";
import { Offenders } from "../limits/offenders.ts";
import type { WebAttempt } from "./attempt.ts";
import type { Findings } from "./path.ts";
import type { SessionRegistry } from "./sessions.ts";

/** Refusals that nobody comes to by honest means: an expired link, a lost cookie and a foreign page are not among them. */
const BLAMED: ReadonlySet<Reason> = new Set([
  "token-duplicate",
  "token-malformed",
  "token-algorithm",
  "token-key-unknown",
  "token-signature",
  "token-claim",
  "edge-missing",
  "edge-signature",
  "edge-replayed",
  "edge-mismatch",
]);

export interface BlameParts {
  readonly registry: SessionRegistry;
  /** The edge proves itself, by a key or a certificate: only then is its word for a client's address taken. */
  readonly edgeProven: boolean;
}

/** Who is answerable for an attempt, and who has had his share of failed ones. */
export interface Blame {
  /** The client's address where a proven edge names it, the caller's own (`peer`) where it only claims to be the edge. */
  offender(attempt: WebAttempt, edge: Result<Assertion | undefined>, peer: string | undefined): string | undefined;
  /** Refuses with `client-limited` whoever failed too often, sessions that run already aside. */
  check(attempt: WebAttempt, offender: string | undefined, now: number): Awaitable<Result<true>>;
  note(outcome: Result<unknown>, findings: Findings, now: number): void;
}

export function createBlame({ registry, edgeProven }: BlameParts): Blame {
  const offenders = new Offenders();
  return {
    offender(attempt, edge, peer) {
      if (!edge.ok) return peer;
      return edgeProven ? (edge.value?.cip ?? attempt.clientAddress) : undefined;
    },
    check({ tokens: [token], sessionId }, offender, now) {
      if (offender === undefined || !offenders.isHeld(offender, now)) return allow(true);
      return checkKnown(registry, token ?? "", sessionId);
    },
    note(outcome, { offender }, now) {
      if (!outcome.ok && offender !== undefined && BLAMED.has(outcome.reason)) offenders.note(offender, now);
    },
  };
}

/** Whoever failed too often may go on with a session that runs already. */
async function checkKnown(
  registry: SessionRegistry,
  token: string,
  sessionId: string | undefined,
): Promise<Result<true>> {
  const hash = await sha256(token);
  return registry.find(sessionId ?? hash, hash) ? allow(true) : deny("client-limited");
}
