import { randomUUID } from "node:crypto";
import { allow, deny, type Result } from "@sallyport/shared";
import type { Identify } from "../identity/client-certificate.ts";
import { certificateKeys, isRevoked, type RevokedCertificates } from "../identity/revoked-certificates.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ClientLimits } from "../limits/clients.ts";
import { decideGroups } from "../policy/groups.ts";
import type { TcpAttempt } from "./attempt.ts";
import { ConnectionSession } from "./connection-session.ts";
import type { Enter } from "./entry.ts";
import { createPath, type Findings, type Path } from "./path.ts";
import type { SessionRegistry } from "./sessions.ts";

export interface ConnectionAdmissionParts {
  /** The listener's name, for the account. */
  readonly listener: string;
  readonly identify: Identify;
  /** As the lists stand now. */
  readonly revocations: () => RevokedCertificates;
  readonly authorizedGroups: readonly string[];
  readonly limits: ClientLimits;
  /** Longest life of a connection in milliseconds; 0: as long as its certificate holds. */
  readonly lifetimeMs: number;
  readonly registry: SessionRegistry;
  readonly ledger: Ledger;
  readonly enter: Enter;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** No new connection is taken any more. */
  readonly draining: () => boolean;
}

export type AdmitConnection = Path<TcpAttempt, ConnectionSession>;

/**
 * The one path as a connection with a client certificate goes it:
 *
 * 1. the handshake proved a certificate
 * 2. which is valid now, and which no issuer took back
 * 3. it names a user and a group
 * 4. the group may go where the listener leads
 * 5. the user's limits have room: only now is anything taken from them (row J-12)
 */
export function createConnectionAdmitter(parts: ConnectionAdmissionParts): AdmitConnection {
  return createPath<TcpAttempt, ConnectionSession>({
    entrypoint: "tcp",
    ledger: parts.ledger,
    enter: parts.enter,
    turnAway: (session) => parts.registry.end(session, "revoked"),
    decide: (attempt, findings) => decide(parts, attempt, findings),
  });
}

function decide(
  parts: ConnectionAdmissionParts,
  { certificate, clientAddress }: TcpAttempt,
  findings: Findings,
): Result<ConnectionSession> {
  findings.clientAddress = clientAddress;
  findings.credential = certificate.leaf.fingerprint256;
  if (parts.draining()) return deny("draining");
  const now = parts.now();

  const validUntil = certificate.leaf.validToDate.getTime() / 1000;
  if (now >= validUntil) return deny("certificate-expired");
  const chain = certificateKeys(certificate);
  if (isRevoked(chain, parts.revocations())) return deny("certificate-revoked");

  const principal = parts.identify(certificate);
  if (!principal.ok) return principal;
  findings.principal = principal.value;

  const reach = decideGroups(principal.value, parts.authorizedGroups);
  if (!reach.ok) return reach;

  const taken = parts.limits.take(principal.value.user, now);
  if (!taken.ok) return taken;
  const session = new ConnectionSession({
    id: randomUUID(),
    principal: principal.value,
    clientAddress,
    startedAt: now,
    expiresAt: parts.lifetimeMs === 0 ? validUntil : Math.min(validUntil, now + parts.lifetimeMs / 1000),
    destination: parts.listener,
    chain,
  });
  session.onceEnded(taken.value);
  parts.registry.enter(session);
  findings.session = session;
  findings.opened = true;
  return allow(session);
}
