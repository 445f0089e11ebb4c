import type { Claims } from "@sallyport/shared";
import { type Revocation, revocationKey } from "../store/revocations.ts";
import type { Revocations } from "./revocations.ts";
import type { SessionRegistry } from "./sessions.ts";
import { TokenSession } from "./token-session.ts";

/** What other processes are told of a renewal, so that what the session has open there goes on, too. */
interface Renewal {
  /** The session's name. */
  readonly name: string;
  /** Hashes of the tokens that it had before. */
  readonly from: readonly string[];
  readonly hash: string;
  readonly claims: Claims;
  readonly keyId?: string | undefined;
}

interface RenewalParts {
  readonly registry: SessionRegistry;
  readonly revocations: Revocations;
  readonly onRenewed: (session: TokenSession) => void;
}

/** A renewal as it goes through the store, among revocations and in their order. */
export function renewalNotice(session: TokenSession, at: number): Revocation {
  const { tokenHashes: hashes, claims, keyId } = session;
  const hash = hashes.at(-1) ?? "";
  const renewal: Renewal = { name: session.name, from: hashes.slice(0, -1), hash, claims, keyId };
  const key = revocationKey("renewal", `${session.name} ${hash}`);
  return { key, kind: "renewal", value: JSON.stringify(renewal), until: session.expiresAt, at };
}

/**
 * Joins fresh tokens to the sessions of this process that they were told for; the rules of a renewal hold here, too. One
 * that is known here to be revoked ends the session: whoever looks for new revocations finds that one no more.
 */
export function applyRenewals(
  notices: readonly Revocation[],
  { registry, revocations, onRenewed }: RenewalParts,
): void {
  const renewals = notices.flatMap(({ value }) => (value === undefined ? [] : [JSON.parse(value) as Renewal]));
  if (renewals.length === 0) return;
  const byName = Map.groupBy(renewals, ({ name }) => name);
  for (const session of registry) {
    for (const { from, ...token } of byName.get(session.name) ?? []) {
      if (!(session instanceof TokenSession) || !session.tokenHashes.some((known) => from.includes(known))) continue;
      if (session.tokenHashes.includes(token.hash) || !registry.renew(session, token)) continue;
      const verdict = revocations.verdict(session.marks);
      if (verdict === undefined) onRenewed(session);
      else registry.end(session, verdict);
    }
  }
}
