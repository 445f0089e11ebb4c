import { allow, deny, type Result } from "@sallyport/shared";
import type { Presence } from "./presence.ts";
import type { RevocationFeed } from "./revocation-feed.ts";
import type { Marks, Revocations } from "./revocations.ts";
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
    const standing = judge(revocations, session.marks);
    if (!standing.ok) return standing;
    if (!feed.current && onStoreFailure === "deny") return unchecked(session, undefined);
    const counted = await attempt(presence.enter(session));
    if (counted.value !== undefined) return deny("sessions-full", counted.value);
    if (counted.failed && onStoreFailure === "deny") return unchecked(session, counted.error);
    // Also of one that could not be counted: what the trail cannot write now it writes on the store's return.
    const recorded = await attempt(recordStart(session));
    const failure = [counted, recorded].find(({ failed }) => failed);
    return failure ? unchecked(session, failure.error) : allow(true);
  };
}

/** Whether nothing of it was revoked, as far as is known here. */
export function judge(revocations: Revocations, marks: Marks): Result<true> {
  const verdict = revocations.verdict(marks);
  if (verdict === undefined) return allow(true);
  return deny(verdict === "revoked" ? "session-revoked" : "session-ended");
}

interface Attempted<Value> {
  readonly value?: Value;
  readonly failed: boolean;
  readonly error?: unknown;
}

async function attempt<Value>(promise: Promise<Value>): Promise<Attempted<Value>> {
  try {
    return { value: await promise, failed: false };
  } catch (error) {
    return { failed: true, error };
  }
}
