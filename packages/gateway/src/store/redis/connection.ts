import { explain } from "./advice.ts";
import { type Client, makeClient } from "./client.ts";
import { keys } from "./keys.ts";
import { LastingClient } from "./lasting.ts";

/** How often it is seen whether the connection that listens still hears anything, in milliseconds. */
const LISTENING_INTERVAL = 1_000;

export interface ConnectionOptions {
  /** `redis://` or `rediss://`; several of a cluster's nodes with commas between. */
  readonly url: string;
  /** Told when the connection is lost, and (undefined) when it is there again. */
  readonly onStatus?: ((error: Error | undefined) => void) | undefined;
}

/** Two connections to one Redis (or cluster): one for commands, one that listens. */
export class RedisConnection {
  readonly #commands: LastingClient;
  readonly #listening: LastingClient;
  readonly #listeners = new Set<() => void>();
  readonly #onStatus: NonNullable<ConnectionOptions["onStatus"]>;
  /** Those of the two that are not there. */
  readonly #lost = new Set<LastingClient>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ url, onStatus = () => {} }: ConnectionOptions) {
    this.#onStatus = onStatus;
    const make = () => makeClient(url);
    this.#commands = new LastingClient({
      make,
      onReady: () => {
        this.#back(this.#commands);
        this.#changed();
      },
      onError: (error) => this.#gone(this.#commands, error),
    });
    this.#listening = new LastingClient({
      make,
      onReady: (client) => this.#listen(client),
      onError: (error) => this.#gone(this.#listening, error),
    });
  }

  /** Tries once to reach it; whether it did is in `onStatus` and in each answer. */
  async open(): Promise<void> {
    this.#timer = setInterval(() => void this.#subscribe(), LISTENING_INTERVAL).unref();
    await Promise.all([this.#commands.open(), this.#listening.open()]);
  }

  /** One command. @throws StoreError */
  async send(command: string, ...values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#commands.client.call(command, ...values.map(String));
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
    clearInterval(this.#timer);
    this.#listeners.clear();
    this.#commands.close();
    this.#listening.close();
  }

  #gone(which: LastingClient, error: Error): void {
    if (this.#lost.size === 0) this.#onStatus(explain(error));
    this.#lost.add(which);
  }

  #back(which: LastingClient): void {
    if (this.#lost.delete(which) && this.#lost.size === 0) this.#onStatus(undefined);
  }

  #listen(client: Client): void {
    client.on("message", () => this.#changed());
    // What was said while nobody listened is read, not heard.
    void this.#subscribe().then(() => this.#changed());
  }

  /**
   * To be told of changes; done again, it is the question whether anybody is there at all: one who only listens would
   * never notice that the other side is gone. Without an answer the client gives the connection up.
   */
  async #subscribe(): Promise<void> {
    try {
      await this.#listening.client.subscribe(keys.changes);
      this.#back(this.#listening);
    } catch (error) {
      this.#gone(this.#listening, error as Error);
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
