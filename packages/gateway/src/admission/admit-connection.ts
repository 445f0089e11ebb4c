import { randomUUID } from "node:crypto";
import { allow, deny, type Result } from "@sallyport/shared";
import type { ChainFinder, ChainLink } from "../identity/certificate-chain.ts";
import type { CertificatePrincipal, Identify } from "../identity/client-certificate.ts";
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
  /** Knows whom the listener takes certificates from, as it stands now. */
  readonly chains: () => ChainFinder;
  /** As the lists stand now. */
  readonly revocations: () => RevokedCertificates;
  /** What issuers say of the certificates of a chain when they are asked; absent: nobody is asked. Never rejects. */
  readonly askIssuers: ((chain: readonly ChainLink[]) => Promise<Result<true>>) | undefined;
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
 * 5. its issuer, where it is asked, says that it is good: last of the checks, so that nobody else causes a question
 * 6. the user's limits have room: only now is anything taken from them (row J-12)
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

type Decided = Result<ConnectionSession>;

function decide(parts: ConnectionAdmissionParts, attempt: TcpAttempt, findings: Findings): Decided | Promise<Decided> {
  const checked = check(parts, attempt, findings);
  if (!checked.ok) return checked;
  if (!parts.askIssuers) return open(parts, checked.value, findings);
  return parts.askIssuers(checked.value.chain).then((answer) => {
    if (!answer.ok) return answer;
    // What was true before the wait is looked at again.
    const still = check(parts, attempt, findings);
    return still.ok ? open(parts, still.value, findings) : still;
  });
}

/** A client who may come in, if there is room. */
interface Checked {
  readonly principal: CertificatePrincipal;
  readonly clientAddress: string | undefined;
  readonly chain: readonly ChainLink[];
  /** Revocation keys of the chain. */
  readonly keys: readonly string[];
  /** Seconds since the epoch. */
  readonly validFrom: number;
  readonly validUntil: number;
}

function check(
  parts: ConnectionAdmissionParts,
  { certificate, clientAddress }: TcpAttempt,
  findings: Findings,
): Result<Checked> {
  findings.clientAddress = clientAddress;
  findings.credential = certificate.leaf.fingerprint256;
  if (parts.draining()) return deny("draining");

  const validFrom = certificate.leaf.validFromDate.getTime() / 1000;
  const validUntil = certificate.leaf.validToDate.getTime() / 1000;
  if (parts.now() >= validUntil) return deny("certificate-expired");
  const chain = parts.chains().find(certificate.leaf);
  if (!chain.ok) return chain;
  const keys = certificateKeys(chain.value);
  if (isRevoked(keys, parts.revocations())) return deny("certificate-revoked");

  const principal = parts.identify(certificate);
  if (!principal.ok) return principal;
  findings.principal = principal.value;

  const reach = decideGroups(principal.value, parts.authorizedGroups);
  if (!reach.ok) return reach;
  return allow({ principal: principal.value, clientAddress, chain: chain.value, keys, validFrom, validUntil });
}

function open(
  parts: ConnectionAdmissionParts,
  { principal, clientAddress, keys, validFrom, validUntil }: Checked,
  findings: Findings,
): Decided {
  const now = parts.now();
  const taken = parts.limits.take(principal.user, now);
  if (!taken.ok) return taken;
  const session = new ConnectionSession({
    id: randomUUID(),
    principal,
    clientAddress,
    startedAt: now,
    expiresAt: parts.lifetimeMs === 0 ? validUntil : Math.min(validUntil, now + parts.lifetimeMs / 1000),
    destination: parts.listener,
    chain: keys,
    issuedAt: validFrom,
  });
  session.onceEnded(taken.value);
  parts.registry.enter(session);
  findings.session = session;
  findings.opened = true;
  return allow(session);
}
