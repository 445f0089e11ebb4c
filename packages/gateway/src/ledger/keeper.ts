import type { AuditHead, AuditStore } from "../store/audit.ts";
import type { ClockStore } from "../store/clock.ts";
import { anchorSignature, checkpointMac } from "./chain.ts";
import type { Checkpoint } from "./verify.ts";

export interface KeeperOptions {
  readonly store: AuditStore & ClockStore;
  readonly key: string | undefined;
  /** How long records are kept, in days. */
  readonly days: number;
  readonly now: () => number;
  readonly onCheckpoint: (checkpoint: Checkpoint) => void;
  readonly onError: (error: unknown) => void;
}

/** In milliseconds. */
const CHECKPOINT_INTERVAL = 60_000;
const RETENTION_INTERVAL = 3_600_000;
const PAGE = 1_000;
const DAY = 86_400;

/** Tells the log, which somebody else keeps, where all chains stand; and lets go of what is older than is to be kept. */
export class TrailKeeper {
  readonly #options: KeeperOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  #shown = "";

  constructor(options: KeeperOptions) {
    this.#options = options;
    const every = (interval: number, act: () => Promise<void>) =>
      setInterval(() => void act.call(this).catch(options.onError), interval).unref();
    this.#timers = [every(CHECKPOINT_INTERVAL, this.checkpoint), every(RETENTION_INTERVAL, this.retain)];
  }

  /** Says where all chains stand, where that is not what was said before. */
  async checkpoint(): Promise<void> {
    const { store, key, now, onCheckpoint } = this.#options;
    const heads = await store.auditHeads();
    const shown = JSON.stringify(heads);
    if (shown === this.#shown || heads.length === 0) return;
    this.#shown = shown;
    const at = now();
    onCheckpoint({ at, heads, mac: checkpointMac(key, at, heads) });
  }

  /** Lets go of what is too old, from each chain's beginning, and leaves a signed anchor there. */
  async retain(): Promise<void> {
    const { store, days, now } = this.#options;
    // A clock that runs ahead must not cost the others their records.
    const cutoff = Math.min(now(), await store.time()) - days * DAY;
    const anchors = new Map((await store.auditAnchors()).map(({ writer, seq }) => [writer, seq]));
    for (const { writer } of await store.auditHeads()) await this.#prune(writer, anchors.get(writer) ?? 0, cutoff);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #prune(writer: string, from: number, cutoff: number): Promise<void> {
    const { store, key } = this.#options;
    let last: AuditHead | undefined;
    for (let more = true; more; ) {
      const page = await store.auditOf(writer, last?.seq ?? from, PAGE);
      const young = page.findIndex(({ at }) => at >= cutoff);
      last = page[(young === -1 ? page.length : young) - 1] ?? last;
      more = young === -1 && page.length === PAGE;
    }
    if (!last) return;
    const { seq, mac } = last;
    await store.pruneAudit({ writer, seq, mac, signature: anchorSignature(key, { writer, seq, mac }) });
  }
}
