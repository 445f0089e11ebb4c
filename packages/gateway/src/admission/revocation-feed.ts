import { CLOCK_MARGIN } from "../store/clock.ts";
import type { ConsumedLink } from "../store/links.ts";
import { type Revocation, revocationKey } from "../store/revocations.ts";
import type { Epoch, Store } from "../store/store.ts";
import { applyRenewals, renewalNotice } from "./renewals.ts";
import type { Revocations } from "./revocations.ts";
import { endedValue } from "./revocations.ts";
import type { Session } from "./session.ts";
import type { SessionRegistry } from "./sessions.ts";
import { endWhere } from "./sweep.ts";
import { TokenSession } from "./token-session.ts";

export interface FeedOptions {
  readonly store: Store;
  readonly revocations: Revocations;
  readonly registry: SessionRegistry;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** Told of each session here that another process renewed. */
  readonly onRenewed: (session: TokenSession) => void;
  /** Told of what went wrong, once a failure, and (undefined) when it is over. */
  readonly onStatus: (error: unknown) => void;
  /** Told that the store lost what it knew, and how many revocations and links were written back. */
  readonly onEmptied: (revocations: number, links: number) => void;
}

/** How often the store is read without having been told of anything, in milliseconds. */
const READ_INTERVAL = 2_000;
const PAGE = 5_000;
/** How often what is over is forgotten, in seconds. */
const PRUNE_INTERVAL = 300;

/** Brings every revocation of the store here, and ends the sessions that it is about. */
export class RevocationFeed {
  readonly #options: FeedOptions;
  readonly #stop: () => void;
  #cursor = 0;
  #epoch: Epoch | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  #current = false;
  #prunedAt = 0;
  #closed = false;
  /** Not yet in the store. */
  #unwritten: Revocation[] = [];
  readonly #links = new Map<string, ConsumedLink>();

  constructor(options: FeedOptions) {
    this.#options = options;
    const timer = setInterval(() => void this.read(), READ_INTERVAL).unref();
    const forget = options.store.onChange(() => void this.read());
    this.#stop = () => {
      clearInterval(timer);
      forget();
    };
  }

  /** The last attempt to read was good: there is nothing that is older than some seconds and not known here. */
  get current(): boolean {
    return this.#current;
  }

  /** Reads what is new and acts on it. Never rejects. What comes up meanwhile is read, too. */
  read(): Promise<void> {
    this.#again = true;
    this.#reading ??= this.#run();
    return this.#reading;
  }

  /** Keeps the tokens of a session that its customer ended from opening it again, here and everywhere. */
  putOut(session: Session): void {
    if (!(session instanceof TokenSession)) return;
    const made = session.tokenHashes.map((hash): Revocation => {
      const value = endedValue(session.name, hash);
      return {
        key: revocationKey("ended", value),
        kind: "ended",
        value,
        until: session.expiresAt,
        at: this.#options.now(),
      };
    });
    this.#options.revocations.apply(made);
    this.#unwritten.push(...made);
    void this.read();
  }

  /** Tells other processes that a session here has a fresh token. */
  tellRenewal(session: TokenSession): void {
    this.#unwritten.push(renewalNotice(session, this.#options.now()));
    void this.read();
  }

  /** Remembers a link that was used up here, to be written back should the store lose it. */
  noteLink(link: ConsumedLink): void {
    this.#links.set(link.jti, link);
  }

  /** Waits for what was begun. */
  async close(): Promise<void> {
    this.#stop();
    await this.#reading;
    this.#closed = true;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#readAll();
        if (!this.#current) this.#options.onStatus(undefined);
        this.#current = true;
      } catch (error) {
        this.#options.onStatus(error);
        this.#current = false;
      }
    }
    // At once, so that nobody asks between the last look and this, and is forgotten.
    this.#reading = undefined;
  }

  async #readAll(): Promise<void> {
    const { store, now } = this.#options;
    const epoch = await store.epoch();
    const other = this.#epoch !== undefined && (this.#epoch.id !== epoch.id || this.#epoch.run !== epoch.run);
    if (other) await this.#reconcile(this.#epoch?.id !== epoch.id);
    this.#epoch = epoch;
    await this.#writeOwn();
    await this.#readPages((read) => this.#options.revocations.apply(read));
    if (Math.abs(now() - this.#prunedAt) >= PRUNE_INTERVAL) await this.#prune();
  }

  /** Reads from the cursor on, and acts on it; `apply` puts revocations in force. */
  async #readPages(apply: (revocations: readonly Revocation[]) => void): Promise<void> {
    const { store, registry, revocations, onRenewed } = this.#options;
    for (let more = true; more; ) {
      const page = await store.revocationsAfter(this.#cursor, PAGE);
      const { renewal = [], revocation = [] } = Object.groupBy(page.revocations, ({ kind }) =>
        kind === "renewal" ? kind : "revocation",
      );
      apply(revocation);
      applyRenewals(renewal, { registry, revocations, onRenewed });
      this.#cursor = page.cursor;
      if (page.revocations.length > 0) await this.#sweep(new Set(page.revocations.map(({ key }) => key)));
      more = page.revocations.length === PAGE;
    }
  }

  /**
   * The store was emptied, or another process has it, which may lack what was written last and count on from there:
   * everything is read anew, and what is known here and not there, or not as strictly, is written back.
   */
  async #reconcile(emptied: boolean): Promise<void> {
    const { store, revocations, now, onEmptied } = this.#options;
    const there = new Set<string>();
    const stricter: Revocation[] = [];
    this.#cursor = 0;
    await this.#readPages((read) => {
      for (const { key } of read) there.add(key);
      stricter.push(...revocations.reconcile(read));
    });
    const missing = [...revocations.held(now())].filter(({ key }) => !there.has(key));
    const lost = [...missing, ...stricter];
    await store.revoke(lost);
    await store.restoreLinks([...this.#links.values()]);
    if (emptied || lost.length > 0) onEmptied(lost.length, this.#links.size);
  }

  async #writeOwn(): Promise<void> {
    const own = this.#unwritten;
    if (own.length === 0) return;
    await this.#options.store.revoke(own);
    this.#unwritten = this.#unwritten.slice(own.length);
  }

  /** Sessions that open meanwhile are checked as they do. */
  async #sweep(fresh: ReadonlySet<string>): Promise<void> {
    const { registry, revocations } = this.#options;
    await endWhere(registry, ({ marks }) => {
      const concerned = marks.revoked.some((key) => fresh.has(key)) || marks.ended.some((key) => fresh.has(key));
      return concerned ? revocations.verdict(marks) : undefined;
    });
  }

  async #prune(): Promise<void> {
    const { store, revocations, now } = this.#options;
    this.#prunedAt = now();
    // A clock that runs ahead, ours or the store's, must not make anybody forget what others still go by.
    const over = Math.min(now(), await store.time()) - CLOCK_MARGIN;
    revocations.prune(over);
    for (const { jti, until } of this.#links.values()) if (until <= over) this.#links.delete(jti);
    await store.prune(over);
  }
}
