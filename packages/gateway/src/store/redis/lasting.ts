import type { Client } from "./client.ts";

export interface LastingOptions {
  /** A client that is not connected yet and does not come back by itself. */
  readonly make: () => Client;
  /** Told of each client that is ready, before anybody else can use it. */
  readonly onReady: (client: Client) => void;
  /** Told of what goes wrong with the connection, and with each attempt to have another one. */
  readonly onError: (error: Error) => void;
}

/** Between attempts while there is no connection, in milliseconds: revocations must be read within a second of a return. */
const ATTEMPT_INTERVAL = 200;

const ENDED = new Error("the connection ended");

/**
 * A connection that comes back. While there is none an attempt begins every 200 ms, whatever has become of those before:
 * where packets vanish an attempt takes seconds to fail, and one that waited for it would miss the return by as much.
 * The first one that is ready is used, the others are given up.
 */
export class LastingClient {
  readonly #options: LastingOptions;
  readonly #attempts = new Set<Client>();
  #current: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #error = new Error("it was not reached yet");
  #closed = false;

  constructor(options: LastingOptions) {
    this.#options = options;
  }

  /** The first attempt; settles with it, whatever came of it. Others follow by themselves. */
  async open(): Promise<void> {
    await this.#attempt();
  }

  /** @throws Error that says why there is no connection */
  get client(): Client {
    // One whose end is only a matter of time is none any more.
    if (this.#current?.status !== "ready") throw this.#error;
    return this.#current;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#current?.disconnect();
    for (const client of this.#attempts) client.disconnect();
  }

  async #attempt(): Promise<void> {
    this.#timer ??= setInterval(() => void this.#attempt(), ATTEMPT_INTERVAL).unref();
    const client = this.#options.make();
    this.#attempts.add(client);
    // What went wrong is an event; that it did is what rejects.
    let cause: Error | undefined;
    client.on("error", (error: Error) => {
      cause = error;
      this.#failed(client, error);
    });
    client.once("end", () => this.#ended(client, cause));
    try {
      // A cluster's client that ends while it looks whether the cluster is whole says nothing else.
      await Promise.race([client.connect(), endOf(client)]);
    } catch (error) {
      this.#failed(client, cause ?? (error as Error));
      client.disconnect();
      return;
    } finally {
      this.#attempts.delete(client);
    }
    this.#adopt(client);
  }

  #adopt(client: Client): void {
    if (this.#closed || this.#current || client.status !== "ready") {
      client.disconnect();
      return;
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#current = client;
    this.#error = ENDED;
    for (const other of this.#attempts) other.disconnect();
    this.#options.onReady(client);
  }

  /** Where one attempt was good, those that fail after it say nothing; that one is told of once it has ended. */
  #failed(client: Client, error: Error): void {
    if (this.#closed || (this.#current && this.#current !== client)) return;
    this.#error = error;
    if (!this.#current) this.#options.onError(error);
  }

  #ended(client: Client, cause = ENDED): void {
    if (this.#closed || client !== this.#current) return;
    this.#current = undefined;
    this.#failed(client, cause);
    void this.#attempt();
  }
}

function endOf(client: Client): Promise<never> {
  return new Promise((_, reject) => client.once("end", () => reject(ENDED)));
}
