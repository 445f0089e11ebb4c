import { allow, deny, type Result, type VerifiedToken } from "@sallyport/shared";
import { tokenPrincipal } from "../identity/session-token.ts";
import type { EntryLimit } from "../limits/entries.ts";
import { takeLive, takeSession } from "../limits/sessions.ts";
import type { WebAttempt } from "./attempt.ts";
import type { Findings } from "./path.ts";
import type { SessionRegistry } from "./sessions.ts";
import type { TokenSession } from "./token-session.ts";

export interface JoinParts {
  readonly registry: SessionRegistry;
  readonly entries: EntryLimit;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** No new work is taken any more. */
  readonly draining: () => boolean;
}

export interface Joining {
  readonly attempt: WebAttempt;
  readonly token: VerifiedToken;
  readonly findings: Findings;
}

/** The session that an attempt belongs to, if it may have one more connection; else a new one, if one more may be opened. */
export function joinOrOpen(parts: JoinParts, { attempt, token, findings }: Joining): Result<TokenSession> {
  const { registry } = parts;
  const { claims, hash } = token;
  const id = attempt.sessionId ?? hash;
  if (attempt.transport === "websocket" && parts.draining()) return deny("draining");
  const running = registry.find(id, hash);
  if (running) {
    const live = takeLive(running.liveCount);
    return live.ok ? allow(running) : live;
  }
  const taken = takeSession(claims, { full: registry.full, withToken: registry.countByToken(hash) });
  if (!taken.ok) return taken;
  const now = parts.now();
  const { clientAddress, offender } = findings;
  const entry = parts.entries.take("session", offender, now);
  if (!entry.ok) return entry;
  findings.opened = true;
  return allow(registry.open({ id, principal: tokenPrincipal(token), token, clientAddress, startedAt: now }));
}
