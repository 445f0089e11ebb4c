import type { SessionLimit, SessionLimits, SessionRow } from "../store/directory.ts";
import type { Store } from "../store/store.ts";
import type { Session } from "./session.ts";
import type { SessionRegistry } from "./sessions.ts";
import type { StoreClock } from "./store-clock.ts";
import { TokenSession } from "./token-session.ts";

export interface PresenceOptions {
  readonly store: Store;
  readonly registry: SessionRegistry;
  /** This process's name, unlike all others'. */
  readonly instance: string;
  /** What all processes go by, who have the same store. */
  readonly clock: StoreClock;
  /** Sessions at once of one principal, and towards one controller, over all processes. */
  readonly perPrincipal: number;
  readonly perTarget: number;
  readonly onError: (error: unknown) => void;
}

/** How often this process says that it lives and who has left it, in milliseconds: thrice within its life. */
const BEAT_INTERVAL = 5_000;
/** Who left is told in groups, at most so long after, in milliseconds. */
const LEAVE_DELAY = 500;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
/** Where a token names no limit of its own: one browser has one session. */
const MAX_WITH_TOKEN = 32;

/** Tells the store who is inside here, so that limits and lists hold over all processes. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #timer: NodeJS.Timeout;
  /** The sessions that the store has, or should have, by name: one browser may have several of one name. */
  readonly #inside = new Map<string, Set<Session>>();
  #left = new Set<string>();
  #leaving: NodeJS.Timeout | undefined;
  #missed = false;
  #beat: Promise<void>;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.beat(), BEAT_INTERVAL).unref();
    this.#beat = this.beat();
  }

  /** Adds a session, unless a limit over all processes is reached. Rejects where the store cannot be asked. */
  async enter(session: Session): Promise<SessionLimit | undefined> {
    this.#add(session);
    await this.#beat;
    // It has left, and nobody would take it out.
    if (session.ended !== undefined) return undefined;
    const { store, perPrincipal, perTarget } = this.#options;
    const token = session instanceof TokenSession ? (session.claims.max ?? MAX_WITH_TOKEN) : NO_LIMIT;
    try {
      return await store.openSession(this.#row(session), { token, principal: perPrincipal, target: perTarget });
    } catch (error) {
      // It may be let in all the same: then the next beat announces it.
      this.#missed = true;
      throw error;
    }
  }

  /** It expires later now, and goes by another token. */
  renewed(session: Session): void {
    this.#announce(session).catch(() => {
      this.#missed = true;
    });
  }

  leave(session: Session): void {
    if (!this.#remove(session)) return;
    this.#left.add(session.name);
    this.#leaving ??= setTimeout(() => void this.#tellLeft(), LEAVE_DELAY).unref();
  }

  #add(session: Session): void {
    const { name } = session;
    const others = this.#inside.get(name);
    if (others) others.add(session);
    else this.#inside.set(name, new Set([session]));
    // Who has just left and is back is not to be taken out again.
    this.#left.delete(name);
  }

  /** Whether nobody else of its name is inside. */
  #remove(session: Session): boolean {
    const namesakes = this.#inside.get(session.name);
    if (!namesakes?.delete(session) || namesakes.size > 0) return false;
    return this.#inside.delete(session.name);
  }

  /** Says that this process lives; where it had been taken for gone, also who is inside. Never rejects. */
  async beat(): Promise<void> {
    const { store, registry, instance, clock, onError } = this.#options;
    try {
      const isNew = await store.beat(instance, await clock.ask());
      if (this.#missed || isNew) await Promise.all(Array.from(registry, (session) => this.#announce(session)));
      this.#missed = false;
    } catch (error) {
      if (!this.#missed) onError(error);
      this.#missed = true;
    }
  }

  /** The store lost what it knew: everybody is announced with the next beat. */
  async again(): Promise<void> {
    this.#missed = true;
    await this.beat();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beat;
    await this.#tellLeft();
  }

  async #tellLeft(): Promise<void> {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
    const names = [...this.#left];
    this.#left.clear();
    try {
      if (names.length > 0) await this.#options.store.closeSessions(this.#options.instance, names);
    } catch (error) {
      for (const name of names) if (!this.#inside.has(name)) this.#left.add(name);
      this.#options.onError(error);
    }
  }

  async #announce(session: Session): Promise<void> {
    const none: SessionLimits = { token: NO_LIMIT, principal: NO_LIMIT, target: NO_LIMIT };
    await this.#options.store.openSession(this.#row(session), none);
  }

  #row(session: Session): SessionRow {
    const { name, principal, destination, clientAddress, startedAt, expiresAt } = session;
    const { instance, clock } = this.#options;
    return {
      instance,
      name,
      tokenHash: session instanceof TokenSession ? (session.tokenHashes.at(-1) ?? "") : "",
      principal: principal.id,
      tenant: principal.tenant,
      address: destination,
      client: clientAddress,
      startedAt: clock.at(startedAt),
      expiresAt: clock.at(expiresAt),
    };
  }
}
