import { type Dispatcher, Pool } from "undici";
import type { Dial } from "./dial.ts";
import { trustKey, type Upstream } from "./upstream.ts";

export interface HttpClientOptions {
  readonly dial: Dial;
  /** Connections to one controller at once: more than a few and some reset them all. */
  readonly connections: number;
  /** From the end of a request to the head of its answer, in milliseconds. */
  readonly answerTimeout: number;
}

/** Keeps HTTP connections to upstreams, apart by what is trusted there. */
export interface HttpClients {
  client(upstream: Upstream): Dispatcher;
  close(): Promise<void>;
}

/** A connection that was idle for longer is not used again; controllers close theirs at about 60 s. */
const KEEP_ALIVE = 15_000;
/** Largest head of an answer, in bytes. */
const MAX_ANSWER_HEAD = 32 * 1024;
/** A controller that nobody asked for so long is forgotten. */
const FORGET_AFTER = 300_000;

interface Kept {
  readonly pool: Pool;
  usedAt: number;
}

export function createHttpClients(options: HttpClientOptions): HttpClients {
  const kept = new Map<string, Kept>();
  const closing = new AbortController();
  const timer = setInterval(() => forget(kept, performance.now() - FORGET_AFTER), FORGET_AFTER / 5).unref();
  return {
    client(upstream) {
      const key = trustKey(upstream);
      const entry = kept.get(key) ?? { pool: createPool(upstream, options, closing.signal), usedAt: 0 };
      entry.usedAt = performance.now();
      kept.set(key, entry);
      return entry.pool;
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await Promise.all([...kept.values()].map(({ pool }) => pool.destroy()));
      kept.clear();
    },
  };
}

function forget(kept: Map<string, Kept>, before: number): void {
  for (const [key, { pool, usedAt }] of kept) {
    if (usedAt > before || pool.stats.running > 0 || pool.stats.queued > 0) continue;
    kept.delete(key);
    pool.close().catch(() => pool.destroy());
  }
}

function createPool(upstream: Upstream, options: HttpClientOptions, closing: AbortSignal): Pool {
  const { dial, connections, answerTimeout } = options;
  return new Pool("http://controller.invalid", {
    connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE,
    keepAliveMaxTimeout: KEEP_ALIVE,
    headersTimeout: answerTimeout,
    bodyTimeout: 0,
    maxHeaderSize: MAX_ANSWER_HEAD,
    connect: (_options, callback) => {
      dial(upstream, closing).then(
        (socket) => callback(null, socket),
        (error) => callback(error, null),
      );
    },
  });
}
