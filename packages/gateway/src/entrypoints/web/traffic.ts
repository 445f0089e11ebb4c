import type { ServerResponse } from "node:http";
import type { Server } from "node:https";
import { Server as NetServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Live } from "../../admission/session.ts";
import { Crowd } from "../../pacing/crowd.ts";
import { Turns } from "./turns.ts";

/**
 * A connection that was quiet for so long while we drain is closed (ms): closing it earlier could meet a request that
 * its client is just sending on it.
 */
const QUIET = 1_000;
/** Nothing presses while another process takes the new ones: handshakes and dials under way have all their time. */
const QUIET_AT_HAND_OVER = 30_000;
const LOOK_EVERY = 50;
/** How long bridges may take to say goodbye before their sockets are destroyed, in milliseconds. */
const GOODBYE = 1_000;

/** What is under way on a server, and how that comes to an end. */
export class Traffic {
  /** The exchanges under way. */
  readonly turns = new Turns();
  readonly #server: Server;
  readonly #connections = new Crowd<Socket>();
  readonly #bridges = new Crowd<Live>();
  /** No new connection is taken any more, and those that are there are let go of. */
  #leaving = false;
  #draining = false;
  #busyAt = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      socket.once("close", this.#connections.add(socket));
    });
  }

  /** Counts an exchange in, until `over`. */
  begin(response: ServerResponse): void {
    this.turns.begin(response);
    if (!this.#leaving) return;
    this.#busyAt = performance.now();
    response.shouldKeepAlive = false;
  }

  over(response: ServerResponse): void {
    this.turns.over(response);
    if (this.#leaving) this.#busyAt = performance.now();
  }

  /** Counts a bridge in; what is returned counts it out. */
  bridge(live: Live): () => void {
    const leave = this.#bridges.add(live);
    if (this.#draining) live.end("draining");
    return leave;
  }

  /**
   * Stops accepting, and goes on with all that is open: until nothing is any more, `limit` milliseconds are over, or
   * there is a drain.
   */
  async handOver(limit: number): Promise<void> {
    this.#leave();
    await this.#until(() => this.#draining || this.#quietFor(QUIET_AT_HAND_OVER), limit);
  }

  /** Stops accepting, ends bridges, and waits until exchanges are done; at the latest for `limit` milliseconds. */
  async drain(limit: number): Promise<void> {
    this.#draining = true;
    this.#leave();
    for (const live of this.#bridges) live.end("draining");
    await this.#until(() => this.#quietFor(QUIET), limit);
  }

  /** Closes what is left; bridges are given the time of a goodbye. */
  async close(): Promise<void> {
    this.#draining = true;
    this.#leave();
    for (const live of this.#bridges) live.end("draining");
    for (const response of this.turns) response.destroy();
    this.#server.closeIdleConnections();
    await this.#until(() => this.#bridges.size === 0, GOODBYE);
    for (const socket of this.#connections) socket.destroy();
    await this.#until(() => this.#connections.size === 0, GOODBYE);
  }

  #quietFor(time: number): boolean {
    if (this.turns.size > 0 || this.#bridges.size > 0) return false;
    return this.#connections.size === 0 || performance.now() - this.#busyAt >= time;
  }

  #leave(): void {
    this.#leaving = true;
    this.#busyAt = performance.now();
    this.#stopListening();
    for (const response of this.turns) response.shouldKeepAlive = false;
  }

  /** `https.Server.close` would also close idle connections, on which a request may be on its way. */
  #stopListening(): void {
    if (this.#server.listening) NetServer.prototype.close.call(this.#server);
  }

  #until(reached: () => boolean, limit: number): Promise<void> {
    const deadline = performance.now() + limit;
    return new Promise((resolve) => {
      const look = () => {
        if (reached() || performance.now() >= deadline) resolve();
        else setTimeout(look, LOOK_EVERY);
      };
      look();
    });
  }
}
