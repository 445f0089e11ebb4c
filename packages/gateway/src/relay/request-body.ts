import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** The client's side is over: no fault of the controller's. */
export class Aborted extends Error {}

/** How long the rest of a body that nobody wants any more is read, in milliseconds, before its connection is cut. */
const LINGER = 10_000;
/** Bytes that have to come within the time that a body has: one that trickles would hold one of a controller's few connections. */
const LEAST = 1024;

/**
 * A client's body on its way to a controller. A controller may answer before it has read all of it, and what sends it
 * there is destroyed then; the rest is read and dropped, so that the client can read the answer and its connection
 * stays in step.
 */
export class RequestBody extends Readable {
  readonly #message: IncomingMessage;
  readonly #onData: (chunk: Buffer) => void;
  readonly #patience: NodeJS.Timeout;
  #since = 0;

  /** `timeout`: within how long another 1 KiB must come while somebody reads, in milliseconds. */
  constructor(message: IncomingMessage, timeout: number) {
    super();
    this.#message = message;
    this.#onData = (chunk) => {
      this.#since += chunk.length;
      if (!this.push(chunk)) message.pause();
    };
    this.#patience = setInterval(() => this.#look(), timeout);
    message.on("data", this.#onData);
    message.once("end", () => {
      clearInterval(this.#patience);
      this.push(null);
    });
    message.once("error", (cause) => this.destroy(new Aborted("the client went", { cause })));
    message.pause();
  }

  /** Nobody waits for a client while the controller takes nothing. */
  #look(): void {
    if (this.#since < LEAST && !this.#message.isPaused()) this.#message.destroy(new Aborted("the body trickles"));
    this.#since = 0;
  }

  override _read(): void {
    this.#message.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#patience);
    const message = this.#message.off("data", this.#onData);
    if (!message.readableEnded && !message.destroyed) {
      const timer = setTimeout(() => message.destroy(), LINGER).unref();
      message.once("close", () => clearTimeout(timer));
      message.resume();
    }
    done(error);
  }
}
