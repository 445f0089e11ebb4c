import { randomBytes } from "node:crypto";
import { allow, deny, type Result } from "@sallyport/shared";
import type { ChainLink } from "../identity/certificate-chain.ts";
import type { CertificateReading, CertificateReadings } from "../identity/certificate-readings.ts";
import type { CertificatePrincipal } from "../identity/client-certificate.ts";
import { isRevoked, type RevokedCertificates } from "../identity/revoked-certificates.ts";
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
  /** Reads certificates as the listener's authorities stand now. */
  readonly readings: () => CertificateReadings;
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
  const everything: AdmitterParts = { ...parts, nextId: createIds() };
  return createPath<TcpAttempt, ConnectionSession>({
    entrypoint: "tcp",
    ledger: parts.ledger,
    enter: parts.enter,
    turnAway: (session) => parts.registry.end(session, "revoked"),
    decide: (attempt, findings) => decide(everything, attempt, findings),
  });
}

/** Ids of connections, unlike all others' of whatever process. They are no secret, so that a count serves. */
function createIds(): () => string {
  const prefix = randomBytes(9).toString("base64url");
  let count = 0;
  return () => `${prefix}${(count++).toString(36)}`;
}

interface AdmitterParts extends ConnectionAdmissionParts {
  readonly nextId: () => string;
}

type Decided = Result<ConnectionSession>;

function decide(parts: AdmitterParts, attempt: TcpAttempt, findings: Findings): Decided | Promise<Decided> {
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
  readonly reading: CertificateReading;
}

function check(
  parts: ConnectionAdmissionParts,
  { certificate, clientAddress }: TcpAttempt,
  findings: Findings,
): Result<Checked> {
  const reading = parts.readings().read(certificate.leaf);
  const { chain, keys, principal, validUntil } = reading;
  findings.clientAddress = clientAddress;
  findings.credential = reading.fingerprint;
  if (parts.draining()) return deny("draining");

  if (parts.now() >= validUntil) return deny("certificate-expired");
  if (!chain.ok) return chain;
  if (isRevoked(keys, parts.revocations())) return deny("certificate-revoked");

  if (!principal.ok) return principal;
  findings.principal = principal.value;

  const reach = decideGroups(principal.value, parts.authorizedGroups);
  if (!reach.ok) return reach;
  return allow({ principal: principal.value, clientAddress, chain: chain.value, reading });
}

function open(
  parts: AdmitterParts,
  { principal, clientAddress, reading: { keys, validFrom, validUntil } }: Checked,
  findings: Findings,
): Decided {
  const now = parts.now();
  const taken = parts.limits.take(principal.user, now);
  if (!taken.ok) return taken;
  const session = new ConnectionSession({
    id: parts.nextId(),
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
