import { randomBytes } from "node:crypto";
import type { Changes } from "./changes.ts";

/** A controller session: what a log-in opens and a log-out, or the idle time, ends. */
export interface ControllerSession<Attributes> {
  /** Its public name, as Redfish lists it. */
  readonly id: string;
  /** The secret that stands for it. */
  readonly token: string;
  readonly user: string;
  /** What the family keeps with it, a CSRF token for instance. */
  readonly attributes: Attributes;
  readonly openedAt: number;
  usedAt: number;
}

export interface SessionLimits {
  /** How many may be open at once; real controllers run out of these slots. Default: no limit. */
  readonly sessions?: number;
  /** Unused for this long, a session ends. Milliseconds; default: 1800 s. */
  readonly sessionIdleMs?: number;
}

const IDLE_MS = 1_800_000;

/** The controller's session table. A session that nobody ends stays and is what a leak counter finds. */
export class Sessions<Attributes> implements Iterable<ControllerSession<Attributes>> {
  readonly #byToken = new Map<string, ControllerSession<Attributes>>();
  readonly #limits: SessionLimits;
  readonly #changes: Changes;
  readonly #now: () => number;

  constructor(parts: { limits: SessionLimits; changes: Changes; now: () => number }) {
    this.#limits = parts.limits;
    this.#changes = parts.changes;
    this.#now = parts.now;
  }

  get size(): number {
    this.#endIdle();
    return this.#byToken.size;
  }

  [Symbol.iterator](): Iterator<ControllerSession<Attributes>> {
    this.#endIdle();
    return this.#byToken.values();
  }

  /** Opens a session, or gives undefined when the table is full. */
  open(user: string, token: string, attributes: Attributes): ControllerSession<Attributes> | undefined {
    if (this.size >= (this.#limits.sessions ?? Number.POSITIVE_INFINITY)) return undefined;
    const now = this.#now();
    const session = { id: randomBytes(5).toString("hex"), token, user, attributes, openedAt: now, usedAt: now };
    this.#byToken.set(token, session);
    this.#changes.notify();
    return session;
  }

  /** The open session that the token stands for; finding it counts as use. */
  use(token: string): ControllerSession<Attributes> | undefined {
    this.#endIdle();
    const session = this.#byToken.get(token);
    if (session !== undefined) session.usedAt = this.#now();
    return session;
  }

  end(session: ControllerSession<Attributes>): void {
    if (this.#byToken.delete(session.token)) this.#changes.notify();
  }

  #endIdle(): void {
    const oldest = this.#now() - (this.#limits.sessionIdleMs ?? IDLE_MS);
    for (const session of this.#byToken.values()) {
      if (session.usedAt < oldest) this.end(session);
    }
  }
}
