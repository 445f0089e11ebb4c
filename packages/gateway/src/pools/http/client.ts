import type { OnReadOpts, Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { UpstreamFault, upstreamFault } from "../fault.ts";
import { SharedReads } from "../shared-reads.ts";
import { garbage } from "./answer-head.ts";
import { type ConnectionManners, type ConnectionOwner, HttpConnection } from "./connection.ts";
import { type AnswerHandler, HttpExchange } from "./exchange.ts";
import { type HttpRequest, writeHead } from "./request-head.ts";

export interface HttpClientParts extends ConnectionManners {
  /** Opens a connection, its peer checked; it is read by `onread` or by events. Rejects with `UpstreamFault`. */
  readonly connect: (onread: OnReadOpts) => Promise<Socket>;
  /** Connections at once. */
  readonly connections: number;
}

/**
 * HTTP with one controller, over as many connections as it bears. Requests beyond wait for their turn, in order. Clocks
 * are looked at by `sweep`, which its owner calls.
 */
export class HttpClient implements ConnectionOwner {
  readonly #parts: HttpClientParts;
  readonly #open = new Set<HttpConnection>();
  /** The one that was used last is used first. */
  readonly #free: HttpConnection[] = [];
  /** Whose answer is whole, and may have more with it that nobody asked for. Of all clients' one at a time is read. */
  #returning: HttpConnection | undefined;
  readonly #waiting: HttpExchange[] = [];
  readonly #onAbort = (exchange: HttpExchange) => this.#forget(exchange);
  /** More than was asked for came with an answer, or the end, once: connections of such a controller go on later. */
  #wary = false;
  #dialling = 0;
  #closed = false;

  constructor(parts: HttpClientParts) {
    this.#parts = parts;
  }

  /** How many connections wait for a request. */
  get idle(): number {
    return this.#free.length + (this.#returning ? 1 : 0);
  }

  /** Whether anything is under way. */
  get busy(): boolean {
    return this.#open.size > this.idle || this.#waiting.length > 0 || this.#dialling > 0;
  }

  /**
   * `patience`: how long it may wait for its turn, in milliseconds, until it fails with `controller-busy`. The handler
   * is told of nothing before this returns. Throws `internal-error` where the request cannot be written.
   */
  request(request: HttpRequest, handler: AnswerHandler, patience: number): HttpExchange {
    const exchange = new HttpExchange(request, writeHead(request, this.#parts.keep), {
      handler,
      onAbort: this.#onAbort,
    });
    if (this.#closed) {
      queueMicrotask(() => exchange.fail(new UpstreamFault("controller-reset", "closing")));
      return exchange;
    }
    const connection = exchange.fresh ? undefined : this.#takeFree();
    if (connection) connection.run(exchange);
    else {
      exchange.deadline = performance.now() + patience;
      this.#wait(exchange);
    }
    return exchange;
  }

  /** Ends what has waited too long, on both sides. */
  sweep(now: number): void {
    for (const connection of this.#open) connection.sweep(now);
    let wanted = this.#mayOpen() ? 0 : this.#waiting.length;
    for (const connection of this.#open) if (wanted > 0 && connection.giveWay(now)) wanted -= 1;
    for (const exchange of this.#waiting.filter(({ deadline }) => now >= deadline)) {
      this.#forget(exchange);
      exchange.fail(new UpstreamFault("controller-busy", "queue-timeout"));
    }
  }

  close(): void {
    this.#closed = true;
    for (const exchange of this.#waiting.splice(0)) exchange.fail(new UpstreamFault("controller-reset", "closing"));
    for (const connection of this.#open) connection.destroy();
  }

  onAnswered(connection: HttpConnection): void {
    const [first] = this.#waiting;
    if (first?.repeatable && !first.fresh && !this.#wary) {
      this.#waiting.shift();
      connection.run(first);
    } else this.#returning = connection;
  }

  onUndone(exchange: HttpExchange): void {
    this.#wary = true;
    if (this.#closed) exchange.fail(new UpstreamFault("controller-reset", "closing"));
    else this.#waiting.unshift(exchange);
  }

  onFree(connection: HttpConnection): void {
    if (this.#returning !== connection) return;
    this.#returning = undefined;
    this.#share(connection);
  }

  onClose(connection: HttpConnection): void {
    this.#open.delete(connection);
    if (this.#returning === connection) this.#returning = undefined;
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    this.#dialMore();
  }

  #share(connection: HttpConnection): void {
    if (this.#dialling === 0 && !this.#suits(connection, this.#waiting[0])) {
      // Whoever is first needs its place.
      connection.destroy();
      return;
    }
    const next = this.#takeWaiting(connection);
    if (next) connection.run(next);
    else if (connection.usable(performance.now())) {
      connection.rest();
      this.#free.push(connection);
    } else connection.destroy();
  }

  /** One that was asked for again has had its turn: it is first. One that is kept makes room for it. */
  #wait(exchange: HttpExchange): void {
    if (!exchange.fresh) this.#waiting.push(exchange);
    else {
      this.#waiting.unshift(exchange);
      if (!this.#mayOpen()) (this.#free.pop() ?? this.#returning)?.destroy();
    }
    this.#dialMore();
  }

  #takeFree(): HttpConnection | undefined {
    const now = performance.now();
    for (let connection = this.#free.pop(); connection; connection = this.#free.pop()) {
      if (connection.usable(now)) return connection;
      connection.destroy();
    }
    return undefined;
  }

  /** The first that this connection will do for: nearly always the first of all. */
  #takeWaiting(connection: HttpConnection): HttpExchange | undefined {
    if (this.#suits(connection, this.#waiting[0])) return this.#waiting.shift();
    const at = this.#waiting.findIndex((exchange) => this.#suits(connection, exchange));
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  #forget(exchange: HttpExchange): void {
    const at = this.#waiting.indexOf(exchange);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #dialMore(): void {
    while (!this.#closed && this.#wanted > this.#dialling && this.#mayOpen()) {
      this.#dialling += 1;
      const reads = new SharedReads();
      this.#parts.connect(reads.onread).then(
        (socket) => this.#opened(socket, reads),
        (error: unknown) => this.#failed(upstreamFault(error)),
      );
    }
  }

  /** How many of those who wait will have no connection that stands. */
  get #wanted(): number {
    let fresh = 0;
    while (this.#waiting[fresh]?.fresh) fresh++;
    return fresh + Math.max(0, this.#waiting.length - fresh - (this.#returning ? 1 : 0));
  }

  #suits(connection: HttpConnection, exchange: HttpExchange | undefined): boolean {
    return connection.fresh || !exchange?.fresh;
  }

  #mayOpen(): boolean {
    return this.#open.size + this.#dialling < this.#parts.connections;
  }

  #opened(socket: Socket, reads: SharedReads): void {
    if (reads.isEarly) {
      // Nobody asked for it: it would be taken for the answer to the first request.
      socket.destroy();
      this.#failed(garbage("unasked-answer"));
      return;
    }
    this.#dialling -= 1;
    if (this.#closed) {
      socket.destroy();
      return;
    }
    const connection = new HttpConnection({ socket, reads }, this, this.#parts);
    this.#open.add(connection);
    this.#share(connection);
  }

  /** Where others stand, those who wait may still have their turn on them, unless none of those will do. */
  #failed(fault: UpstreamFault): void {
    this.#dialling -= 1;
    if (this.#dialling > 0) return;
    const othersStand = this.#open.size > 0;
    for (const exchange of this.#waiting.filter(({ fresh }) => fresh || !othersStand)) {
      this.#forget(exchange);
      exchange.fail(fault);
    }
  }
}
