// The one path from an attempt to a session, and the registry of sessions that are alive.
// Only this folder verifies, decides, takes from limits and records; entrypoints ask it.
import { performance } from "node:perf_hooks";
import { type EndReason, narrows } from "@sallyport/shared";
import { newCounts, type Session } from "./session.ts";
import { type SessionOptions, type SessionToken, TokenSession } from "./token-session.ts";
import { type Attendance, Upkeep } from "./upkeep.ts";

export interface RegistryOptions {
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** Seconds on a clock that never goes back, for what lasts; another one only in tests. */
  readonly clock?: () => number;
  readonly maxSessions: number;
  /** For how long (seconds) a session that tokens open may last, renewed or not; 0: no limit. Asked at each look. */
  readonly maxSeconds?: () => number;
  /** Called once for each session, when it has ended. */
  readonly onEnd: (session: Session, reason: EndReason) => void;
  /** Called with the bytes that flowed since the last time. */
  readonly onBytes: (received: number, sent: number) => void;
  /** Called with the number of sessions whenever it changes. */
  readonly onCount: (open: number) => void;
}

/** The sessions of this process. */
export class SessionRegistry {
  readonly #options: RegistryOptions;
  /** By the hash of each of their tokens, then by id. */
  readonly #byToken = new Map<string, Map<string, TokenSession>>();
  readonly #sessions = new Map<Session, Attendance>();
  #withTokens = 0;
  readonly #clock: () => number;
  readonly #upkeep: Upkeep;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now() / 1000);
    this.#upkeep = new Upkeep(this.#sessions, {
      ...{ now: options.now, clock: this.#clock, maxSeconds: options.maxSeconds ?? (() => 0) },
      onBytes: options.onBytes,
      end: (session, reason) => this.end(session, reason),
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** No further session that tokens open: connections of other entrypoints have limits of their own. */
  get full(): boolean {
    return this.#withTokens >= this.#options.maxSessions;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.keys();
  }

  /** The running session of this id and token. */
  find(id: string, tokenHash: string): TokenSession | undefined {
    const session = this.#byToken.get(tokenHash)?.get(id);
    const attendance = session && this.#sessions.get(session);
    if (attendance) attendance.asked = true;
    return session;
  }

  /** How many sessions are open with this token. */
  countByToken(tokenHash: string): number {
    return this.#byToken.get(tokenHash)?.size ?? 0;
  }

  /** Opens a session that is found again by its id and token. */
  open(options: SessionOptions): TokenSession {
    const session = new TokenSession(options);
    this.#join(session, options.token.hash);
    this.#withTokens++;
    this.enter(session);
    return session;
  }

  /** Takes in a session that nobody joins: it is one connection, and ends with it. */
  enter(session: Session): void {
    const now = this.#clock();
    this.#sessions.set(session, { enteredAt: now, seenAt: now, asked: false });
    this.#options.onCount(this.#sessions.size);
    this.#upkeep.expect(session);
  }

  /**
   * Joins a fresh token to a session: what is open goes on until the new expiry. False where the session is over, or
   * the claims are not equal or narrower.
   */
  renew(session: TokenSession, token: SessionToken): boolean {
    if (!this.#sessions.has(session) || !narrows(session.claims, token.claims)) return false;
    if (session.tokenHashes.includes(token.hash)) return true;
    session.join(token);
    this.#join(session, token.hash);
    this.#upkeep.expect(session);
    return true;
  }

  end(session: Session, reason: EndReason): void {
    if (session.ended === undefined) {
      session.end(reason);
      this.#account(session);
      this.#options.onEnd(session, reason);
    }
    this.#remove(session);
  }

  endAll(reason: EndReason): void {
    for (const session of [...this.#sessions.keys()]) this.end(session, reason);
  }

  /** Ends what has expired, has lasted too long or is used by nobody, and accounts for the bytes, in steps. */
  sweep(): Promise<void> {
    return this.#upkeep.sweep();
  }

  close(): void {
    this.#upkeep.close();
  }

  #join(session: TokenSession, tokenHash: string): void {
    const sessions = this.#byToken.get(tokenHash);
    if (sessions) sessions.set(session.id, session);
    else this.#byToken.set(tokenHash, new Map([[session.id, session]]));
  }

  #account(session: Session): void {
    const { received, sent } = session.report(newCounts());
    if (received > 0 || sent > 0) this.#options.onBytes(received, sent);
  }

  #remove(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    if (session instanceof TokenSession) this.#leave(session);
    this.#options.onCount(this.#sessions.size);
  }

  #leave(session: TokenSession): void {
    this.#withTokens--;
    for (const tokenHash of session.tokenHashes) {
      const sessions = this.#byToken.get(tokenHash);
      if (sessions?.get(session.id) === session) sessions.delete(session.id);
      if (sessions?.size === 0) this.#byToken.delete(tokenHash);
    }
  }
}
