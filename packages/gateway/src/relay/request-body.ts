import type { IncomingMessage } from "node:http";
import type { RequestSink, RequestSource } from "../pools/http/request-head.ts";
import { noteRead } from "../pools/read-bytes.ts";

/** How long the rest of a body that nobody wants any more is read, in milliseconds, before its connection is cut. */
const LINGER = 10_000;
/** Bytes that have to come within the time that a body has: one that trickles would hold one of a controller's few connections. */
const LEAST = 1024;

/**
 * A byte of a body counts for so many until those that were read are collected (measured: docs/benchmarks.md): each
 * piece is a buffer that Node's parser makes, and they are cheaper when they come back sooner.
 */
const WEIGHT = 2;

export interface BodyOptions {
  /** Within how long another 1 KiB must come while somebody reads, in milliseconds. */
  readonly timeout: number;
  /** Told of every piece that goes on, in bytes. */
  readonly onSent: (bytes: number) => void;
}

/**
 * A client's body on its way to a controller. A controller may answer before it has read all of it: the rest is read and
 * dropped then, so that the client can read the answer and its connection stays in step.
 */
export class RequestBody implements RequestSource {
  readonly #message: IncomingMessage;
  readonly #options: BodyOptions;
  readonly #onData: (chunk: Buffer) => void;
  #sink: RequestSink | undefined;
  #patience: NodeJS.Timeout | undefined;
  #since = 0;
  #over = false;

  constructor(message: IncomingMessage, options: BodyOptions) {
    this.#message = message;
    this.#options = options;
    this.#onData = (chunk) => this.#pass(chunk);
  }

  start(sink: RequestSink): void {
    this.#sink = sink;
    this.#patience = setInterval(() => this.#look(), this.#options.timeout);
    this.#message
      .on("data", this.#onData)
      .once("end", () => this.#ended())
      // Whoever has the response hears that it closed.
      .once("error", () => this.#halt());
  }

  resume(): void {
    this.#message.resume();
  }

  stop(): void {
    if (this.#over) return;
    this.#halt();
    const message = this.#message.off("data", this.#onData);
    if (message.readableEnded || message.destroyed) return;
    const timer = setTimeout(() => message.destroy(), LINGER).unref();
    message.once("close", () => clearTimeout(timer));
    message.resume();
  }

  #pass(chunk: Buffer): void {
    noteRead(chunk.length * WEIGHT);
    this.#since += chunk.length;
    this.#options.onSent(chunk.length);
    if (this.#sink?.write(chunk) === false) this.#message.pause();
  }

  #ended(): void {
    if (this.#over) return;
    this.#halt();
    this.#sink?.end();
  }

  #halt(): void {
    this.#over = true;
    clearInterval(this.#patience);
  }

  /** Nobody waits for a client while the controller takes nothing. */
  #look(): void {
    if (this.#since < LEAST && !this.#message.isPaused()) this.#message.destroy(new Error("the body trickles"));
    this.#since = 0;
  }
}
