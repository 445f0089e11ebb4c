import { Cluster, Redis, type RedisOptions } from "ioredis";
import { StoreError } from "../store.ts";
import { keys } from "./keys.ts";

/** A command that is not answered for so long has failed, in milliseconds. */
const COMMAND_TIMEOUT = 2_000;
const CONNECT_TIMEOUT = 2_000;
/** Between attempts to come back, in milliseconds: revocations must arrive within a second of the return. */
const MAX_RETRY_DELAY = 500;

const OPTIONS = {
  commandTimeout: COMMAND_TIMEOUT,
  connectTimeout: CONNECT_TIMEOUT,
  // Whoever asks decides what a store that is away means; nobody waits for its return.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // What the client would send of its own accord, and not wait for: lost with the connection, it would be nobody's fault
  // to handle, and end the process.
  autoResubscribe: false,
  disableClientInfo: true,
  retryStrategy: (attempt: number) => Math.min(50 * attempt, MAX_RETRY_DELAY),
  lazyConnect: true,
} satisfies RedisOptions;

type Client = Redis | Cluster;

export interface ConnectionOptions {
  /** `redis://` or `rediss://`; several of a cluster's nodes with commas between. */
  readonly url: string;
  /** Told when the connection is lost, and when it is there again. */
  readonly onStatus?: ((error: Error | undefined) => void) | undefined;
}

/** Two connections to one Redis (or cluster): one for commands, one that listens. */
export class RedisConnection {
  readonly #commands: Client;
  readonly #listening: Client;
  readonly #listeners = new Set<() => void>();

  constructor({ url, onStatus }: ConnectionOptions) {
    this.#commands = connect(url);
    this.#listening = connect(url);
    let lost: Error | undefined;
    for (const client of [this.#commands, this.#listening]) {
      client.on("error", (error: Error) => {
        if (!lost) onStatus?.(explain(error));
        lost = error;
      });
    }
    this.#commands.on("ready", () => {
      if (lost) onStatus?.(undefined);
      lost = undefined;
      this.#changed();
    });
    this.#listening.on("message", () => this.#changed());
    // What was said while nobody listened is read, not heard.
    this.#listening.on("ready", () => void this.#subscribe());
  }

  /** Tries once to reach it; whether it did is in `onStatus` and in each answer. */
  async open(): Promise<void> {
    await Promise.allSettled([this.#commands.connect(), this.#listening.connect()]);
  }

  /** One command. @throws StoreError */
  async send(command: string, ...values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#commands.call(command, ...values.map(String));
    } catch (error) {
      throw explain(error as Error);
    }
  }

  /** A script over keys of ours. @throws StoreError */
  run(script: string, names: readonly string[], ...values: readonly (string | number)[]): Promise<unknown> {
    return this.send("EVAL", script, names.length, ...names, ...values);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#commands.disconnect();
    this.#listening.disconnect();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#listening.subscribe(keys.changes);
      this.#changed();
    } catch (error) {
      // The connection broke meanwhile: it comes back, and with it this.
      this.#listening.emit("error", error);
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function connect(url: string): Client {
  const urls = url.split(",");
  if (urls.length === 1) return new Redis(url, OPTIONS);
  const { commandTimeout, retryStrategy, lazyConnect, enableOfflineQueue } = OPTIONS;
  return new Cluster(urls, {
    enableOfflineQueue,
    lazyConnect,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { commandTimeout, autoResubscribe: false, disableClientInfo: true, ...credentials(urls[0] ?? "") },
  });
}

/** A cluster's nodes are told by address only: how to log in is the first URL's. */
function credentials(url: string): { username?: string; password?: string; tls?: object } {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^(?:NOAUTH|WRONGPASS|ERR invalid password)/, "refuses our credentials: look at REDIS_URL"],
  [/^READONLY/, "is a read-only replica: REDIS_URL must name the primary"],
  [/^OOM/, "is out of memory: raise maxmemory, and keep maxmemory-policy at noeviction"],
  [/^MISCONF/, "cannot write to its disk"],
  [/^LOADING/, "is still reading its data"],
  [/timed out/i, "does not answer in time"],
];

/** An error of Redis's in words for whoever operates the gateway. */
function explain(error: Error): StoreError {
  if (error instanceof StoreError) return error;
  const advice = ADVICE.find(([pattern]) => pattern.test(error.message))?.[1] ?? "cannot be reached or failed";
  return new StoreError(`Redis ${advice} (${error.message})`, { cause: error });
}
