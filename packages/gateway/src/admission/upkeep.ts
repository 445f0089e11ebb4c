import type { EndReason } from "@sallyport/shared";
import { inSteps, OFTEN } from "../pacing/steps.ts";
import { newCounts, type Session } from "./session.ts";
import { TokenSession } from "./token-session.ts";

/** When a session came and was seen in use, in seconds on a clock that never goes back. */
export interface Attendance {
  readonly enteredAt: number;
  seenAt: number;
  /** It was asked for since it was looked at last. */
  asked: boolean;
}

export interface UpkeepOptions {
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** Seconds on a clock that never goes back. */
  readonly clock: () => number;
  /** For how long (seconds) a session that tokens open may last; 0: no limit. */
  readonly maxSeconds: () => number;
  /** Called with the bytes of all that flowed since the last time. */
  readonly onBytes: (received: number, sent: number) => void;
  /** Ends a session and takes it out. */
  readonly end: (session: Session, reason: EndReason) => void;
}

/** How often the wall clock is looked at, in milliseconds: well under the second within which a session must end. */
const LOOK_INTERVAL = 250;
/** Each of so many looks walks over all sessions. */
const LOOKS_A_WALK = 4;
/** A session without a connection and without a request for so long is no longer counted as alive, in seconds. */
const FORGET_AFTER = 900;

/**
 * Sees to it that sessions end in time: a look at the clocks four times a second, which goes through them only where one
 * can have expired or lasted too long, and once a second a walk over all of them, in small steps, for bytes and use, too.
 */
export class Upkeep {
  readonly #sessions: ReadonlyMap<Session, Attendance>;
  readonly #options: UpkeepOptions;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  /** No session expires before, by the wall clock, whatever that does meanwhile. */
  #earliest = Number.POSITIVE_INFINITY;
  #expiring: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(sessions: ReadonlyMap<Session, Attendance>, options: UpkeepOptions) {
    this.#sessions = sessions;
    this.#options = options;
  }

  /** A session came, or expires at another time than before: a renewal may also shorten it. */
  expect(session: Session): void {
    this.#note(session);
    this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL).unref();
  }

  /** All of it, now. One that is under way is not begun again. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#looks++;
    // Not as a part of the walk only: of thousands one may still be under way.
    if (this.#canExpire()) void this.#expire();
    if (this.#looks % LOOKS_A_WALK === 0 || this.#canBeOver()) void this.sweep();
  }

  async #sweepAll(): Promise<void> {
    if (this.#expiring || this.#canExpire()) await this.#expire();
    await this.#walk();
    if (this.#sessions.size === 0) this.close();
  }

  #canExpire(): boolean {
    return this.#options.now() >= this.#earliest;
  }

  /** The first of a Map is the one that came first: nobody has lasted longer. */
  #canBeOver(): boolean {
    const [oldest] = this.#sessions.values();
    return oldest !== undefined && oldest.enteredAt <= this.#tooOld(this.#options.clock());
  }

  #note({ expiresAt }: Session): void {
    if (expiresAt < this.#earliest) this.#earliest = expiresAt;
  }

  #expire(): Promise<void> {
    this.#expiring ??= this.#endExpired().finally(() => {
      this.#expiring = undefined;
    });
    return this.#expiring;
  }

  /** In steps as long as those of other ends: thousands that expire at once are over within a second. */
  async #endExpired(): Promise<void> {
    this.#earliest = Number.POSITIVE_INFINITY;
    await inSteps(this.#sessions.keys(), (session) => {
      if (this.#options.now() >= session.expiresAt) this.#options.end(session, "expired");
      else this.#note(session);
    });
  }

  /** Clocks and limits are asked once a walk: what is over between two steps is so in the next walk, too. */
  async #walk(): Promise<void> {
    const bytes = newCounts();
    const now = this.#options.clock();
    const tooOld = this.#tooOld(now);
    const look = ([session, attendance]: [Session, Attendance]) => {
      session.report(bytes);
      if (attendance.asked || session.liveCount > 0 || session.isKept) attendance.seenAt = now;
      attendance.asked = false;
      if (attendance.enteredAt <= tooOld && session instanceof TokenSession) this.#options.end(session, "time-limit");
      else if (now - attendance.seenAt > FORGET_AFTER) this.#options.end(session, "idle");
    };
    await inSteps(this.#sessions, look, OFTEN);
    if (bytes.received > 0 || bytes.sent > 0) this.#options.onBytes(bytes.received, bytes.sent);
  }

  /** Who entered by then has lasted too long. */
  #tooOld(now: number): number {
    const limit = this.#options.maxSeconds();
    return limit > 0 ? now - limit : Number.NEGATIVE_INFINITY;
  }
}
