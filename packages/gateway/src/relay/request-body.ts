import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** The client's side is over: no fault of the controller's. */
export class Aborted extends Error {}

/** How long the rest of a body that nobody wants any more is read, in milliseconds, before its connection is cut. */
const LINGER = 10_000;

/**
 * A client's body on its way to a controller. A controller may answer before it has read all of it, and what sends it
 * there is destroyed then; the rest is read and dropped, so that the client can read the answer and its connection
 * stays in step.
 */
export class RequestBody extends Readable {
  readonly #message: IncomingMessage;
  readonly #onData: (chunk: Buffer) => void;

  constructor(message: IncomingMessage) {
    super();
    this.#message = message;
    this.#onData = (chunk) => {
      if (!this.push(chunk)) message.pause();
    };
    message.on("data", this.#onData);
    message.once("end", () => this.push(null));
    message.once("error", (cause) => this.destroy(new Aborted("the client went", { cause })));
    message.pause();
  }

  override _read(): void {
    this.#message.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const message = this.#message.off("data", this.#onData);
    if (!message.readableEnded && !message.destroyed) {
      const timer = setTimeout(() => message.destroy(), LINGER).unref();
      message.once("close", () => clearTimeout(timer));
      message.resume();
    }
    done(error);
  }
}
