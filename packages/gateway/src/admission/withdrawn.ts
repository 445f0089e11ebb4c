import { isAllowedTarget, type Network } from "@sallyport/shared";
import type { Session } from "./session.ts";
import { TokenSession } from "./token-session.ts";

/** What the operator's settings say at a moment. */
export interface Grounds {
  /** The names of the keys that sessions' tokens may be signed with. */
  readonly keyIds: ReadonlySet<string>;
  /** Where sessions may go. */
  readonly networks: readonly Network[];
}

/**
 * Whether a running session stands on something that the operator took back: the key of its newest token, or the
 * network of its controller. Its next request would be refused; what it has open is not left behind.
 */
export function isWithdrawn(session: Session, { keyIds, networks }: Grounds): boolean {
  if (!(session instanceof TokenSession)) return false;
  const { keyId, claims } = session;
  return (keyId !== undefined && !keyIds.has(keyId)) || !isAllowedTarget(claims.ip, networks);
}
