import { type Dispatcher, Pool } from "undici";
import type { Dial } from "./dial.ts";
import { lenientAnswers } from "./lenient-answers.ts";
import { type HttpManners, trustKey, type Upstream } from "./upstream.ts";

export interface HttpClientOptions {
  readonly dial: Dial;
  /** From the end of a request to the head of its answer, in milliseconds. */
  readonly answerTimeout: number;
}

/** Keeps HTTP connections to upstreams, apart by what is trusted there. */
export interface HttpClients {
  client(upstream: Upstream, manners: HttpManners): Dispatcher;
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
  /** The pool as it is used. */
  readonly client: Dispatcher;
  usedAt: number;
}

export function createHttpClients(options: HttpClientOptions): HttpClients {
  const kept = new Map<string, Kept>();
  const closing = new AbortController();
  const timer = setInterval(() => forget(kept, performance.now() - FORGET_AFTER), FORGET_AFTER / 5).unref();
  return {
    client(upstream, manners) {
      const key = `${trustKey(upstream)} ${manners.connections} ${manners.lenient}`;
      const entry = kept.get(key) ?? makeEntry(upstream, manners, { ...options, closing: closing.signal });
      entry.usedAt = performance.now();
      kept.set(key, entry);
      return entry.client;
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await Promise.all([...kept.values()].map(({ pool }) => pool.destroy()));
      kept.clear();
    },
  };
}

/** How many open connections wait for a request, as far as the client tells. */
export function idleConnections(client: Dispatcher): number {
  return client instanceof Pool ? client.stats.free : 0;
}

function forget(kept: Map<string, Kept>, before: number): void {
  for (const [key, { pool, usedAt }] of kept) {
    if (usedAt > before || pool.stats.running > 0 || pool.stats.queued > 0) continue;
    kept.delete(key);
    pool.close().catch(() => pool.destroy());
  }
}

type PoolOptions = HttpClientOptions & { readonly closing: AbortSignal };

function makeEntry(upstream: Upstream, manners: HttpManners, options: PoolOptions): Kept {
  const pool = createPool(upstream, manners, options);
  // An answer that is read leniently ends with its connection.
  const client = manners.lenient
    ? pool.compose((next) => (request, handler) => next({ ...request, reset: true }, handler))
    : pool;
  return { pool, client, usedAt: 0 };
}

function createPool(upstream: Upstream, { connections, lenient }: HttpManners, options: PoolOptions): Pool {
  const { dial, answerTimeout, closing } = options;
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
        (socket) => callback(null, lenient ? lenientAnswers(socket) : socket),
        (error) => callback(error, null),
      );
    },
  });
}
