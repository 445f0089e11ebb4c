import { allow, deny, type Result } from "@sallyport/shared";
import type { Presence } from "./presence.ts";
import type { RevocationFeed } from "./revocation-feed.ts";
import type { Revocations } from "./revocations.ts";
import type { Session } from "./session.ts";

export interface EntryParts {
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly presence: Presence;
  /** Puts its start into the audit trail; durable once it settles. */
  readonly recordStart: (session: Session) => Promise<void>;
  /** What it means that the store cannot be asked. */
  readonly onStoreFailure: "allow" | "deny";
  /** Told of each session that came in, or did not, without the store's word. */
  readonly onUnchecked: (session: Session, error: unknown) => void;
}

/** Lets a session that was just opened in, before anything of it is served. */
export type Enter = (session: Session) => Promise<Result<true>>;

/**
 * The checks that need more than the credential, in their order:
 *
 * 1. nothing that it comes with was revoked (asked without waiting)
 * 2. no limit over all processes is reached
 * 3. its start is in the audit trail
 *
 * Where the store cannot be asked, configuration decides; what is known here holds in any case.
 */
export function createEntry(parts: EntryParts): Enter {
  const { revocations, feed, presence, onStoreFailure, onUnchecked, recordStart } = parts;
  const unchecked = (session: Session, error: unknown): Result<true> => {
    onUnchecked(session, error);
    return onStoreFailure === "allow" ? allow(true) : deny("store-unavailable");
  };
  return async (session) => {
    const verdict = revocations.verdict(session.marks);
    if (verdict !== undefined) return deny(verdict === "revoked" ? "session-revoked" : "session-ended");
    if (!feed.current && onStoreFailure === "deny") return unchecked(session, undefined);
    try {
      const limit = await presence.enter(session);
      if (limit !== undefined) return deny("sessions-full", limit);
      await recordStart(session);
      return allow(true);
    } catch (error) {
      return unchecked(session, error);
    }
  };
}
