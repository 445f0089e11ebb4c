import type { LogDestination } from "./pretty.ts";

/** Where gathered lines go in the end: pino's destination, without a clock of its own. */
export interface LineSink extends LogDestination {
  /** Begins to write what waits, unless a write is under way. */
  flush(): void;
  /** So many bytes have been written. */
  on(event: "write", listener: (bytes: number) => void): unknown;
}

/**
 * Has lines written at most `delay` milliseconds behind the first that waits, and nothing done while none does. pino's
 * own `periodicFlush` writes an empty text where no line waits, over and over: each time a thread woken, and its answer.
 */
export class GatheredLines implements LogDestination {
  readonly #sink: LineSink;
  readonly #delay: number;
  /** Bytes. */
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(sink: LineSink, delay: number) {
    this.#sink = sink;
    this.#delay = delay;
    sink.on("write", (bytes) => {
      this.#waiting -= bytes;
    });
  }

  write(line: string): void {
    this.#waiting += Buffer.byteLength(line);
    this.#sink.write(line);
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#flush(), this.#delay).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#waiting === 0) return;
    this.#sink.flush();
    // What came behind a write that is under way waits for the next one.
    this.#arm();
  }
}
