import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Residence } from "./admission/residence.ts";
import type { SessionRegistry } from "./admission/sessions.ts";
import type { RulesInForce } from "./compose-rules.ts";
import type { TcpListener } from "./compose-tcp.ts";
import type { Configuration } from "./config/configuration.ts";
import type { CertificatePair, WebEntrypoint } from "./entrypoints/web/server.ts";
import type { Books } from "./ledger/books.ts";
import type { HttpClients } from "./pools/http-clients.ts";
import type { Store } from "./store/store.ts";

export interface Gateway {
  /** The port of the web entrypoint. */
  readonly port: number;
  /** It listens and does not drain. */
  readonly ready: boolean;
  readonly sessions: SessionRegistry;
  readonly store: Store;
  /** The TCP listeners, in the configuration's order. */
  readonly tcp: readonly TcpListener[];
  /** For new connections. Ticket keys are new with it, until some are set. */
  setCertificate(pair: CertificatePair): void;
  /** 48 bytes that other processes have too, so that TLS sessions begun with one go on with another. */
  setTicketKeys(keys: Uint8Array): void;
  /**
   * Takes up what can change while it runs (all of `web` but what its settings mark otherwise); open connections go on,
   * those of sessions aside whose key or target was taken back. Files that it names are read anew.
   * @throws where a JWK set from a new place cannot be read; then nothing changes
   */
  setSettings(configuration: Configuration): Promise<void>;
  /**
   * Stops accepting because others take over; what is open, WebSockets and TCP too, goes on. Settles when all of it is
   * over, `limit` milliseconds are, or there is a drain.
   */
  leave(limit: number): Promise<void>;
  /** Stops accepting, lets requests end within `drainSeconds`, closes WebSockets with 1001, then closes. */
  drain(): Promise<void>;
  /** Ends everything at once. Harmless when called again. */
  close(): Promise<void>;
}

/** What a gateway is made of. */
export interface RunningParts {
  readonly configuration: Configuration;
  readonly entrypoint: WebEntrypoint;
  readonly tcp: readonly TcpListener[];
  readonly registry: SessionRegistry;
  readonly clients: HttpClients;
  readonly state: { draining: boolean };
  readonly store: Store;
  readonly residence: Residence;
  readonly books: Books;
  readonly rules: RulesInForce;
  /** Ends the sessions that the rules in force no longer bear. */
  readonly withdraw: () => Promise<void>;
}

/** A gateway as it was built, from its first connection to its last. */
export class RunningGateway implements Gateway {
  readonly #parts: RunningParts;
  #closed: Promise<void> | undefined;
  #drained: Promise<void> | undefined;
  #listening = false;

  constructor(parts: RunningParts) {
    this.#parts = parts;
  }

  get port(): number {
    return (this.#parts.entrypoint.server.address() as AddressInfo).port;
  }

  get ready(): boolean {
    return this.#listening && !this.#parts.state.draining;
  }

  get tcp(): readonly TcpListener[] {
    return this.#parts.tcp;
  }

  get sessions(): SessionRegistry {
    return this.#parts.registry;
  }

  get store(): Store {
    return this.#parts.store;
  }

  /** Knows every revocation before it serves anybody. */
  async warmUp(): Promise<void> {
    await this.#parts.residence.feed.read();
  }

  async listen(): Promise<void> {
    const { entrypoint, tcp, configuration } = this.#parts;
    // Where a parent process bound the socket, `listen` has its descriptor, which Node prefers to host and port.
    entrypoint.server.listen({ ...configuration.web.listen });
    await once(entrypoint.server, "listening");
    await Promise.all(tcp.map((listener) => listener.listen()));
    this.#listening = true;
  }

  setCertificate(pair: CertificatePair): void {
    this.#parts.entrypoint.setCertificate(pair);
  }

  setTicketKeys(keys: Uint8Array): void {
    this.#parts.entrypoint.server.setTicketKeys(Buffer.from(keys));
  }

  async setSettings({ web }: Configuration): Promise<void> {
    const { rules, tcp, withdraw } = this.#parts;
    await Promise.all([rules.change(web), ...tcp.map((listener) => listener.reload())]);
    await withdraw();
  }

  async leave(limit: number): Promise<void> {
    const { entrypoint, tcp } = this.#parts;
    this.#listening = false;
    await Promise.all([entrypoint.handOver(limit), ...tcp.map((listener) => listener.drain(limit))]);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    const { entrypoint, tcp, configuration, state } = this.#parts;
    const limit = configuration.drainSeconds * 1000;
    if (!state.draining) {
      state.draining = true;
      await Promise.all([entrypoint.drain(limit), ...tcp.map((listener) => listener.drain(limit))]);
    }
    await this.close();
  }

  close(): Promise<void> {
    this.#parts.state.draining = true;
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { entrypoint, tcp, registry, clients, residence, books, store } = this.#parts;
    registry.endAll("draining");
    registry.close();
    await Promise.all([entrypoint.close(), ...tcp.map((listener) => listener.close())]);
    clients.close();
    await residence.close();
    await books.close();
    await store.close();
  }
}
