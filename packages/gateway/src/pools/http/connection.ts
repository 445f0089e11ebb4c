import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { UpstreamFault, upstreamFault } from "../fault.ts";
import { noteRead } from "../read-bytes.ts";
import type { SharedReads } from "../shared-reads.ts";
import type { HttpExchange } from "./exchange.ts";
import type { RequestSink } from "./request-head.ts";

/** Who shares a connection out. */
export interface ConnectionOwner {
  /**
   * Its answer is whole. What comes with it, behind it, ends the connection: only a request that may be sent again is
   * given to it before `onFree`.
   */
  onAnswered(connection: HttpConnection): void;
  /** A request was given to a connection before `onFree`, and that ended: it waits for its turn again. */
  onUndone(exchange: HttpExchange): void;
  /** All that came with its answer has been read. */
  onFree(connection: HttpConnection): void;
  onClose(connection: HttpConnection): void;
}

/** A connection that stands, and what it is read by where that is not by events. */
export interface Connected {
  readonly socket: Socket;
  readonly reads: SharedReads;
}

export interface ConnectionManners {
  /** It may be used for more than one request. */
  readonly keep: boolean;
  /** From the end of a request to the head of its answer, in milliseconds. */
  readonly answerTimeout: number;
  /** A connection that was idle for longer is not used again, in milliseconds. */
  readonly idleTimeout: number;
}

/** So much earlier (ms) than a controller says that it closes an idle connection we no longer use it. */
const HINT_MARGIN = 1_000;
const LAST_CHUNK = "0\r\n\r\n";

/** One connection to a controller, with one exchange at a time. What comes unasked ends it. */
export class HttpConnection implements RequestSink {
  readonly #socket: Socket;
  readonly #reads: SharedReads;
  readonly #owner: ConnectionOwner;
  readonly #manners: ConnectionManners;
  readonly #onRead = () => this.#owner.onFree(this);
  #exchange: HttpExchange | undefined;
  #served = 0;
  #sent = false;
  #chunked = false;
  #closed = false;
  #rested = false;
  /** Not to be used from then on (`performance.now()`). */
  #idleUntil = Number.POSITIVE_INFINITY;

  constructor({ socket, reads }: Connected, owner: ConnectionOwner, manners: ConnectionManners) {
    this.#socket = socket;
    this.#reads = reads;
    this.#owner = owner;
    this.#manners = manners;
    reads.start((bytes) => {
      this.#take(bytes);
      return true;
    });
    socket.on("data", (bytes: Buffer) => {
      noteRead(bytes.length);
      this.#take(bytes);
    });
    socket.on("drain", () => this.#drained());
    socket.once("end", () => this.#ended());
    socket.once("error", (error) => this.#fail(upstreamFault(error)));
    socket.once("close", () => this.#fail(new UpstreamFault("controller-reset", "closed")));
  }

  /** Was dialled just now: one that served or stood idle may be gone at its controller. */
  get fresh(): boolean {
    return this.#served === 0 && !this.#rested;
  }

  /** Nobody has a use for it now. One that was dialled and never used is not idle for longer than others are. */
  rest(): void {
    this.#rested = true;
    this.#idleUntil = Math.min(this.#idleUntil, performance.now() + this.#manners.idleTimeout);
  }

  /** May be used for a request now. */
  usable(now: number): boolean {
    return !this.#closed && this.#exchange === undefined && now < this.#idleUntil;
  }

  /** Sends a request; the exchange has the connection until it is over. */
  run(exchange: HttpExchange): void {
    this.#exchange = exchange;
    exchange.begin(this);
    this.#send(exchange);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  destroy(): void {
    this.#fail(new UpstreamFault("controller-reset", "destroyed"));
  }

  /** Looks at its clocks. */
  sweep(now: number): void {
    if (this.#exchange === undefined) {
      if (now >= this.#idleUntil) this.destroy();
    } else if (now >= this.#exchange.deadline) {
      this.#fail(new UpstreamFault("controller-timeout", "answer-timeout"));
    }
  }

  /** Ends an answer of which nothing has been taken for long. True: its place is free. */
  giveWay(now: number): boolean {
    if (this.#exchange === undefined || now < this.#exchange.givesWayAt) return false;
    this.#fail(new UpstreamFault("controller-busy", "client-stands-still"));
    return true;
  }

  /** A piece of the request's body. */
  write(chunk: Buffer): boolean {
    if (!this.#chunked) return this.#socket.write(chunk);
    if (chunk.length === 0) return true;
    this.#socket.cork();
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
    this.#socket.write(chunk);
    const ready = this.#socket.write("\r\n", "latin1");
    this.#socket.uncork();
    return ready;
  }

  /** The request's body is complete. */
  end(): void {
    if (this.#chunked) this.#socket.write(LAST_CHUNK, "latin1");
    this.#sentAll();
  }

  #send(exchange: HttpExchange): void {
    const { head, body } = exchange;
    this.#chunked = head.chunked;
    this.#sent = false;
    exchange.deadline = Number.POSITIVE_INFINITY;
    if (body === undefined) {
      this.#socket.write(head.text, "latin1");
      this.#sentAll();
    } else if (Buffer.isBuffer(body)) {
      this.#socket.write(Buffer.concat([Buffer.from(head.text, "latin1"), body]));
      this.#sentAll();
    } else {
      this.#socket.write(head.text, "latin1");
      body.start(this);
    }
  }

  #sentAll(): void {
    this.#sent = true;
    const { reader } = this.#exchange ?? {};
    if (this.#exchange && reader?.head === undefined) {
      this.#exchange.deadline = performance.now() + this.#manners.answerTimeout;
    }
  }

  #drained(): void {
    const body = this.#exchange?.body;
    if (body !== undefined && !Buffer.isBuffer(body) && !this.#sent) body.resume();
  }

  #take(bytes: Buffer): void {
    const exchange = this.#exchange;
    // An answer that nobody asked for would be taken for that to the next request, or to one that was sent just now.
    if (exchange === undefined || this.#reads.isUnfinished) {
      this.destroy();
      return;
    }
    try {
      const used = exchange.reader.read(bytes);
      if (exchange.reader.done) this.#finish(exchange, used === bytes.length);
      else exchange.pause();
    } catch (error) {
      this.#fail(upstreamFault(error));
    }
  }

  /** `clean`: nothing came behind the answer. */
  #finish(exchange: HttpExchange, clean: boolean): void {
    if (this.#exchange !== exchange) return;
    const { head } = exchange.reader;
    const keep = clean && this.#sent && this.#manners.keep && head?.persistent === true && !this.#closed;
    this.#exchange = undefined;
    if (keep) this.#free(head.idleHint);
    else this.destroy();
    exchange.end();
  }

  #free(hint = Number.POSITIVE_INFINITY): void {
    this.#served += 1;
    this.#idleUntil = performance.now() + Math.min(this.#manners.idleTimeout, hint - HINT_MARGIN);
    this.resume();
    this.#reads.afterwards(this.#onRead);
    this.#owner.onAnswered(this);
  }

  #ended(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.destroy();
      return;
    }
    try {
      exchange.reader.end();
      this.#finish(exchange, false);
    } catch (error) {
      this.#fail(upstreamFault(error));
    }
  }

  #fail(fault: UpstreamFault): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    const undone = exchange?.isUnbegun === true && this.#reads.isUnfinished;
    if (undone) this.#owner.onUndone(exchange);
    if (!this.#closed) {
      this.#closed = true;
      this.#socket.destroy();
      this.#owner.onClose(this);
    }
    if (undone) return;
    const gone = fault.reason === "controller-reset" && !this.fresh;
    exchange?.fail(fault, gone && !exchange.reader.begun);
  }
}
