import { performance } from "node:perf_hooks";
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
  readonly manners: HttpManners;
  usedAt: number;
  forgotten: boolean;
}

export function createHttpClients(options: HttpClientOptions): HttpClients {
  const kept = new Map<string, Kept>();
  // Whoever asks again does so with the same object: what is trusted there need not be written out anew.
  const asked = new WeakMap<Upstream, Kept>();
  const closing = new AbortController();
  const sweepEvery = Math.min(SWEEP_EVERY, options.answerTimeout / 4);
  const timer = setInterval(() => sweep(kept, performance.now()), sweepEvery).unref();
  const find = (upstream: Upstream, manners: HttpManners) => {
    const key = `${trustKey(upstream)} ${manners.connections} ${manners.lenient}`;
    const found = kept.get(key);
    if (found) return found;
    const client = makeClient(upstream, manners, { ...options, closing: closing.signal });
    const entry = { client, manners, usedAt: 0, forgotten: false };
    kept.set(key, entry);
    return entry;
  };
  return {
    client(upstream, manners) {
      const known = asked.get(upstream);
      const entry = known?.manners === manners && !known.forgotten ? known : find(upstream, manners);
      if (entry !== known) asked.set(upstream, entry);
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
  for (const [key, entry] of kept) {
    const { client, usedAt } = entry;
    client.sweep(now);
    if (usedAt > now - FORGET_AFTER || client.busy) continue;
    entry.forgotten = true;
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
    // What makes a head fit reads by events.
    connect: async (onread) =>
      lenient ? lenientAnswers(await dial(upstream, closing)) : dial(upstream, closing, onread),
  });
}
