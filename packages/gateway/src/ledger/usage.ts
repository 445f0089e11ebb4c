import { inSteps, OFTEN } from "../pacing/steps.ts";
import type { UsageBatch, UsageRow, UsageStore } from "../store/usage.ts";

/** What is counted of a session; its counts only grow. */
export interface Counted {
  readonly principal: { readonly id: string; readonly tenant: string | undefined };
  readonly destination: string;
  readonly startedAt: number;
  readonly counts: { readonly received: number; readonly sent: number };
}

export interface UsageOptions {
  readonly store: UsageStore;
  /** This process's name, unlike all others' and all earlier ones'. */
  readonly writer: string;
  readonly open: Iterable<Counted>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

interface Billed {
  received: number;
  sent: number;
  at: number;
}

/** What a process that is killed loses at most, in milliseconds. */
const INTERVAL = 10_000;
const HOUR = 3_600;
/** Rows of a batch: thousands at once would hold up everybody's bytes while they are handed to the store. */
const BATCH = 128;

/** Bytes and seconds by principal, controller and hour. A batch whose answer got lost is sent again and counts once. */
export class UsageAccount {
  readonly #options: UsageOptions;
  readonly #billed = new WeakMap<Counted, Billed>();
  readonly #timer: NodeJS.Timeout;
  readonly #rows = new Map<string, UsageRow>();
  #unsure: UsageBatch | undefined;
  #batches = 0;
  #writing: Promise<void> | undefined;

  constructor(options: UsageOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.write(), INTERVAL).unref();
  }

  /** Counts what flowed in a session since it was last asked. */
  bill(session: Counted): void {
    const now = this.#options.now();
    const billed = this.#billed.get(session) ?? { received: 0, sent: 0, at: session.startedAt };
    const { received, sent } = session.counts;
    // A clock that was set back takes no seconds from anybody.
    const seconds = Math.max(0, now - billed.at);
    this.#add(session, { received: received - billed.received, sent: sent - billed.sent, seconds, now });
    this.#billed.set(session, { received, sent, at: now });
  }

  /** Never rejects: what could not be written is written with the next. */
  write(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.write();
  }

  async #write(): Promise<void> {
    const { store, open, writer, onError } = this.#options;
    await inSteps(open, (session) => this.bill(session), OFTEN);
    try {
      while (this.#unsure || this.#rows.size > 0) {
        this.#unsure ??= { writer, number: ++this.#batches, rows: this.#take() };
        await store.addUsage(this.#unsure);
        this.#unsure = undefined;
      }
    } catch (error) {
      onError(error);
    }
  }

  /** The first rows; what flows from now on counts in others. */
  #take(): UsageRow[] {
    const taken: UsageRow[] = [];
    for (const [key, row] of this.#rows) {
      taken.push(row);
      this.#rows.delete(key);
      if (taken.length === BATCH) break;
    }
    return taken;
  }

  #add(
    { principal, destination }: Counted,
    more: { received: number; sent: number; seconds: number; now: number },
  ): void {
    const { received, sent, seconds, now } = more;
    if (received === 0 && sent === 0 && seconds === 0) return;
    const hour = Math.floor(now / HOUR) * HOUR;
    const of = { principal: principal.id, tenant: principal.tenant ?? "", target: destination, hour };
    const key = JSON.stringify(of);
    const row = this.#rows.get(key) ?? { ...of, received: 0, sent: 0, seconds: 0 };
    this.#rows.set(key, {
      ...of,
      received: row.received + received,
      sent: row.sent + sent,
      seconds: row.seconds + seconds,
    });
  }
}
