// The one path from an attempt to a session, and the registry of sessions that are alive.
// Only this folder verifies, decides, takes from limits and records; entrypoints ask it.
import { hash } from "node:crypto";
import { type Claims, type EndReason, narrows, type VerifiedToken } from "@sallyport/shared";
import { revocationKey } from "../store/revocations.ts";
import { endedValue, type Marks } from "./revocations.ts";
import { Session, type SessionStart } from "./session.ts";
import { inSteps } from "./steps.ts";

export interface SessionOptions extends SessionStart {
  /** The edge's session id, or the token's hash where the edge knows no ids. */
  readonly id: string;
  readonly token: SessionToken;
}

/** A verified token as a session holds it. */
export interface SessionToken extends Pick<VerifiedToken, "claims" | "hash"> {
  /** The name of the key that verified it; not known of tokens that older gateways told of. */
  readonly keyId?: string | undefined;
}

interface JoinedToken {
  readonly hash: string;
  readonly jti: string | undefined;
}

const NAME_LENGTH = 16;

/** A session that signed tokens open. */
export class TokenSession extends Session {
  readonly entrypoint = "web";
  readonly name: string;
  /** Of the newest token that was joined to it. */
  claims: Claims;
  /** The name of the key that verified that token. */
  keyId: string | undefined;
  readonly #tokens: JoinedToken[];

  constructor(options: SessionOptions) {
    super(options);
    const { claims, hash: tokenHash, keyId } = options.token;
    this.name = hash("sha256", options.id, "base64url").slice(0, NAME_LENGTH);
    this.claims = claims;
    this.keyId = keyId;
    this.#tokens = [{ hash: tokenHash, jti: claims.jti }];
  }

  /** Of every token that was joined to it, the newest last. */
  get tokenHashes(): readonly string[] {
    return this.#tokens.map(({ hash }) => hash);
  }

  join({ claims, hash, keyId }: SessionToken): void {
    this.claims = claims;
    this.keyId = keyId;
    this.#tokens.push({ hash, jti: claims.jti });
    this.forgetMarks();
  }

  protected override makeMarks(): Marks {
    const own = this.#tokens.flatMap(({ hash, jti }) => [
      revocationKey("token", hash),
      ...(jti === undefined ? [] : [revocationKey("jti", jti)]),
    ]);
    return {
      revoked: [...super.makeMarks().revoked, ...own],
      ended: this.#tokens.map(({ hash }) => revocationKey("ended", endedValue(this.name, hash))),
      issuedAt: this.claims.iat,
    };
  }

  get expiresAt(): number {
    return this.claims.exp;
  }

  get destination(): string {
    return this.claims.ip;
  }
}

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

/** How often expiries are looked at, in milliseconds: well under the second within which a session must end. */
const SWEEP_INTERVAL = 250;
/** A session without a connection and without a request for so long is no longer counted as alive, in seconds. */
const FORGET_AFTER = 900;

/** Times on the clock that never goes back, in seconds. */
interface Entry {
  readonly enteredAt: number;
  /** When it was last seen in use. */
  seenAt: number;
  /** It was asked for since it was looked at last. */
  asked: boolean;
}

/** The sessions of this process. */
export class SessionRegistry {
  readonly #options: RegistryOptions;
  /** By the hash of each of their tokens, then by id. */
  readonly #byToken = new Map<string, Map<string, TokenSession>>();
  readonly #sessions = new Map<Session, Entry>();
  #withTokens = 0;
  readonly #clock: () => number;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now() / 1000);
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
    const entry = session && this.#sessions.get(session);
    if (entry) entry.asked = true;
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
    this.#timer ??= setInterval(() => void this.sweep(), SWEEP_INTERVAL).unref();
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

  /**
   * Ends what has expired and forgets what nobody uses, in steps. The wall clock is read anew for each, so that its jumps
   * count for expiries, and for nothing else. One that is under way is not begun again.
   */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll();
    return this.#sweeping;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #sweepAll(): Promise<void> {
    try {
      await inSteps(this.#sessions, ([session, entry]) => this.#look(session, entry));
    } finally {
      this.#sweeping = undefined;
    }
    if (this.#sessions.size === 0) this.close();
  }

  #look(session: Session, entry: Entry): void {
    const now = this.#clock();
    if (entry.asked || session.liveCount > 0 || session.isKept) entry.seenAt = now;
    entry.asked = false;
    this.#account(session);
    if (this.#options.now() >= session.expiresAt) this.end(session, "expired");
    else if (this.#isOver(session, now - entry.enteredAt)) this.end(session, "time-limit");
    else if (now - entry.seenAt > FORGET_AFTER) this.end(session, "idle");
  }

  #isOver(session: Session, lasted: number): boolean {
    const limit = this.#options.maxSeconds?.() ?? 0;
    return limit > 0 && lasted >= limit && session instanceof TokenSession;
  }

  #join(session: TokenSession, tokenHash: string): void {
    const sessions = this.#byToken.get(tokenHash);
    if (sessions) sessions.set(session.id, session);
    else this.#byToken.set(tokenHash, new Map([[session.id, session]]));
  }

  #account({ counts, reported }: Session): void {
    const received = counts.received - reported.received;
    const sent = counts.sent - reported.sent;
    if (received === 0 && sent === 0) return;
    this.#options.onBytes(received, sent);
    reported.received = counts.received;
    reported.sent = counts.sent;
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
