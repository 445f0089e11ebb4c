import type { AuditEntry, AuditStore } from "../store/audit.ts";
import { Chain } from "./chain.ts";

export interface TrailOptions {
  readonly store: Pick<AuditStore, "appendAudit">;
  /** This process's name: each process writes a chain of its own. */
  readonly writer: string;
  readonly key: string | undefined;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** Told once when writing fails, and (undefined) when it works again. */
  readonly onStatus: (error: unknown) => void;
}

/** Records that go to the store together. */
const GROUP = 500;
/** Between attempts while the store is away, in milliseconds. */
const RETRY_DELAY = 1_000;
/** Records that wait at most: beyond, those that nobody waits for are counted and let go. */
const MAX_WAITING = 50_000;

interface Waiting {
  readonly at: number;
  readonly body: string;
  readonly done: PromiseWithResolvers<void> | undefined;
}

/** Appends records to this process's chain, in groups, in their order, none twice. */
export class Trail {
  readonly #options: TrailOptions;
  readonly #chain: Chain;
  #waiting: Waiting[] = [];
  /** Chained, but not known to be in the store. */
  #unsure: AuditEntry[] = [];
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failed = false;
  #lost = 0;

  constructor(options: TrailOptions) {
    this.#options = options;
    this.#chain = new Chain(options.writer, options.key);
  }

  /** Records something for later. */
  note(event: string, fields: object): void {
    if (this.#waiting.length >= MAX_WAITING) this.#lost += 1;
    else this.#add(event, fields, undefined);
  }

  /** Records something; durable once it settles. Rejects where the store is away: then it is written later. */
  write(event: string, fields: object): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#add(event, fields, done);
    return done.promise;
  }

  /** Writes what waits, as far as the store takes it. */
  async close(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#writing;
    await this.#start();
    clearTimeout(this.#retry);
  }

  #add(event: string, fields: object, done: Waiting["done"]): void {
    this.#waiting.push({ at: this.#options.now(), body: JSON.stringify({ event, ...fields }), done });
    // While the store is away the retry comes by itself; who waits for an answer tries at once.
    if (!this.#failed || done) void this.#start();
  }

  #start(): Promise<void> {
    this.#writing ??= this.#run();
    return this.#writing;
  }

  async #run(): Promise<void> {
    // What comes up in this turn of the event loop goes along.
    await new Promise(setImmediate);
    await this.#writeAll();
  }

  /** Nothing may come between seeing that nothing waits and saying that nobody writes: it would wait for ever. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 || this.#unsure.length > 0) {
      const taken = this.#take();
      try {
        await this.#options.store.appendAudit(this.#unsure);
      } catch (error) {
        this.#writing = undefined;
        this.#fail(error, taken);
        return;
      }
      this.#unsure = [];
      for (const { done } of taken) done?.resolve();
      if (this.#failed) this.#options.onStatus(undefined);
      this.#failed = false;
    }
    this.#writing = undefined;
  }

  /** Chains the next records behind those that are not known to be in the store, and come first. */
  #take(): readonly Waiting[] {
    if (this.#lost > 0) {
      const body = JSON.stringify({ event: "lost", count: this.#lost });
      this.#unsure.push(this.#chain.add(this.#options.now(), body));
      this.#lost = 0;
    }
    const taken = this.#waiting.slice(0, Math.max(0, GROUP - this.#unsure.length));
    this.#waiting = this.#waiting.slice(taken.length);
    for (const { at, body } of taken) this.#unsure.push(this.#chain.add(at, body));
    return taken;
  }

  #fail(error: unknown, taken: readonly Waiting[]): void {
    if (!this.#failed) this.#options.onStatus(error);
    this.#failed = true;
    for (const { done } of [...taken, ...this.#waiting]) done?.reject(error);
    this.#waiting = this.#waiting.map((one) => ({ ...one, done: undefined }));
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#start(), RETRY_DELAY).unref();
  }
}
