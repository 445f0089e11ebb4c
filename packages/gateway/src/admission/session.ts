import type { EndReason, Result } from "@sallyport/shared";
import type { Principal } from "../identity/principal.ts";
import { MAX_LIVE_AT_ONCE } from "../limits/sessions.ts";
import { Crowd } from "../pacing/crowd.ts";
import { revocationKey } from "../store/revocations.ts";
import type { Entrypoint } from "./attempt.ts";
import { EVERYTHING, type Marks, principalValue } from "./revocations.ts";

/** A connection or exchange that belongs to a session. `end` may be called more than once. */
export interface Live {
  end(reason: EndReason): void;
}

export interface SessionCounts {
  /** Bytes from the client. */
  received: number;
  /** Bytes to the client. */
  sent: number;
}

export const newCounts = (): SessionCounts => ({ received: 0, sent: 0 });

/** What is known of a session from its start, whatever the entrypoint. */
export interface SessionStart {
  /** Unlike all others' of its entrypoint. */
  readonly id: string;
  readonly principal: Principal;
  readonly clientAddress: string | undefined;
  /** Seconds since the epoch. */
  readonly startedAt: number;
}

/** What an admitted caller has: a destination, an expiry, counts, and one way to end it all. */
export abstract class Session {
  abstract readonly entrypoint: Entrypoint;
  readonly id: string;
  /** What logs and operators call it: the id itself may be the caller's secret. */
  abstract readonly name: string;
  readonly principal: Principal;
  readonly clientAddress: string | undefined;
  readonly startedAt: number;
  readonly counts = newCounts();
  /** The part of the counts that was reported already. */
  readonly #reported = newCounts();

  /** What is being found out about letting it in. */
  entry: Promise<Result<true>> | undefined;
  /** It was let in. */
  isIn = false;

  readonly #live = new Crowd<Live>();
  readonly #onEnded: ((reason: EndReason) => void)[] = [];
  #ended: EndReason | undefined;
  #marks: Marks | undefined;

  constructor({ id, principal, clientAddress, startedAt }: SessionStart) {
    this.id = id;
    this.principal = principal;
    this.clientAddress = clientAddress;
    this.startedAt = startedAt;
  }

  /** Seconds since the epoch: the credential opens nothing from then on. */
  abstract get expiresAt(): number;

  /** Where it leads, for the account: an address, or a listener's name. */
  abstract get destination(): string;

  /** By what it can be revoked. */
  get marks(): Marks {
    this.#marks ??= this.makeMarks();
    return this.#marks;
  }

  protected makeMarks(): Marks {
    const { id, tenant } = this.principal;
    const revoked = [
      revocationKey("session", this.name),
      revocationKey("principal", principalValue(id)),
      ...(tenant === undefined ? [] : [revocationKey("principal", principalValue(id, tenant))]),
      revocationKey("target", this.destination),
      EVERYTHING,
    ];
    return { revoked, ended: [], issuedAt: this.startedAt };
  }

  /** What they are made of has changed. */
  protected forgetMarks(): void {
    this.#marks = undefined;
  }

  get ended(): EndReason | undefined {
    return this.#ended;
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /**
   * Joins a connection; it is ended at once where the session has ended meanwhile, or has far too many. Returns what
   * takes it out again.
   */
  attach(live: Live): () => void {
    if (this.#ended === undefined && this.#live.size < MAX_LIVE_AT_ONCE) return this.#live.add(live);
    live.end(this.#ended ?? "crowded");
    return () => undefined;
  }

  /** Adds what flowed since the last report to `sum`, and returns that. */
  report(sum: SessionCounts): SessionCounts {
    const { counts } = this;
    const reported = this.#reported;
    sum.received += counts.received - reported.received;
    sum.sent += counts.sent - reported.sent;
    reported.received = counts.received;
    reported.sent = counts.sent;
    return sum;
  }

  /** Calls back when the session has ended, or at once where it has. Until its expiry it is not forgotten then. */
  onceEnded(listener: (reason: EndReason) => void): void {
    if (this.#ended === undefined) this.#onEnded.push(listener);
    else listener(this.#ended);
  }

  /** Somebody has to do something when it ends: not using it is no reason to forget it. */
  get isKept(): boolean {
    return this.#onEnded.length > 0;
  }

  /** Ends every connection of the session, and the session. Harmless when called again. */
  end(reason: EndReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const live of this.#live) live.end(reason);
    this.#live.clear();
    for (const listener of this.#onEnded) listener(reason);
  }
}
