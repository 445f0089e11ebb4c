import type { Dial } from "./dial.ts";
import { HttpClient } from "./http/client.ts";
import { lenientAnswers } from "./lenient-answers.ts";
import { type HttpManners, trustKey, type Upstream } from "./upstream.ts";

export interface HttpClientOptions {
  readonly dial: Dial;
  /** From the end of a request to the head of its answer, in milliseconds. */
  readonly answerTimeout: number;
}

/** Keeps HTTP connections to upstreams, apart by what is trusted there. */
export interface HttpClients {
  client(upstream: Upstream, manners: HttpManners): HttpClient;
  close(): void;
}

/** A connection that was idle for longer is not used again; controllers close theirs at about 60 s. */
const KEEP_ALIVE = 15_000;
/** A controller that nobody asked for so long is forgotten. */
const FORGET_AFTER = 300_000;
/** Clocks are looked at so often (ms), or four times within the time that an answer has. */
const SWEEP_EVERY = 500;

interface Kept {
  readonly client: HttpClient;
  usedAt: number;
}

export function createHttpClients(options: HttpClientOptions): HttpClients {
  const kept = new Map<string, Kept>();
  const closing = new AbortController();
  const sweepEvery = Math.min(SWEEP_EVERY, options.answerTimeout / 4);
  const timer = setInterval(() => sweep(kept, performance.now()), sweepEvery).unref();
  return {
    client(upstream, manners) {
      const key = `${trustKey(upstream)} ${manners.connections} ${manners.lenient}`;
      let entry = kept.get(key);
      if (!entry) {
        entry = { client: makeClient(upstream, manners, { ...options, closing: closing.signal }), usedAt: 0 };
        kept.set(key, entry);
      }
      entry.usedAt = performance.now();
      return entry.client;
    },
    close() {
      clearInterval(timer);
      closing.abort();
      for (const { client } of kept.values()) client.close();
      kept.clear();
    },
  };
}

function sweep(kept: Map<string, Kept>, now: number): void {
  for (const [key, { client, usedAt }] of kept) {
    client.sweep(now);
    if (usedAt > now - FORGET_AFTER || client.busy) continue;
    kept.delete(key);
    client.close();
  }
}

type ClientOptions = HttpClientOptions & { readonly closing: AbortSignal };

function makeClient(upstream: Upstream, { connections, lenient }: HttpManners, options: ClientOptions): HttpClient {
  const { dial, answerTimeout, closing } = options;
  return new HttpClient({
    ...{ connections, answerTimeout, idleTimeout: KEEP_ALIVE },
    // An answer that is read leniently ends with its connection.
    keep: !lenient,
    async connect() {
      const socket = await dial(upstream, closing);
      return lenient ? lenientAnswers(socket) : socket;
    },
  });
}
