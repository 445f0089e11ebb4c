import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { TrailKeeper } from "./keeper.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { Trail } from "./trail.ts";
import { type Counted, UsageAccount } from "./usage.ts";

export interface BooksOptions {
  readonly store: Store;
  /** This process's name, unlike all others' and all earlier ones'. */
  readonly instance: string;
  /** Secrets of the trail, the newest first. */
  readonly keys: readonly string[];
  readonly days: number;
  /** Sessions that are open, whenever it is asked. */
  readonly open: () => Iterable<Counted>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
}

/** A session as the books see it. */
export interface Booked extends Counted {
  readonly name: string;
  readonly entrypoint: string;
  readonly clientAddress: string | undefined;
  readonly expiresAt: number;
  readonly tokenHashes?: readonly string[];
  readonly claims?: { readonly jti?: string };
}

/** Everything that is recorded of sessions: the trail with its checkpoints and retention, and usage. */
export interface Books {
  readonly ledger: Ledger;
  readonly keeper: TrailKeeper;
  started(session: Booked): Promise<void>;
  /** Counts what flowed in a session that has ended. */
  bill(session: Counted): void;
  close(): Promise<void>;
}

export function createBooks({ store, instance, keys, days, open, log, metrics, now }: BooksOptions): Books {
  const [key] = keys;
  const failed = (error: unknown) => {
    metrics.storeFailure();
    log.error({ error }, "the ledger could not be written, and is written later");
  };
  const onStatus = (error: unknown) =>
    error === undefined ? log.info({}, "the audit trail is written again") : failed(error);
  const trail = new Trail({ store, writer: instance, key, now, onStatus });
  const ledger = createLedger(log, metrics, trail);
  const keeper = new TrailKeeper({
    ...{ store, key, days, now, onError: failed },
    onCheckpoint: (checkpoint) => log.info({ checkpoint }, "audit checkpoint"),
  });
  const usage = new UsageAccount({
    ...{ store, writer: instance, now, onError: failed },
    open: { [Symbol.iterator]: () => open()[Symbol.iterator]() },
  });
  return {
    ledger,
    keeper,
    started: ({ name, entrypoint, principal, destination, clientAddress, expiresAt, tokenHashes, claims }) =>
      ledger.sessionStarted({
        ...{ session: name, entrypoint, address: destination, clientAddress, expiresAt },
        ...{ principal: principal.id, tenant: principal.tenant },
        ...{ tokenHash: tokenHashes?.at(-1), jti: claims?.jti },
      }),
    bill: (session) => usage.bill(session),
    async close() {
      keeper.close();
      await usage.close();
      await ledger.close();
    },
  };
}
