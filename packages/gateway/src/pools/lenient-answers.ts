import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { repairHead } from "./repair-head.ts";

/** Largest head that is waited for, in bytes. */
const MAX_HEAD = 32 * 1024;
const HEAD_END = /\r?\n\r?\n/;
const HEAD_END_BYTES = 3;

/**
 * A controller's connection whose one answer is made to fit HTTP/1.1 before a strict parser reads it: old firmware ends
 * lines with a bare line feed, repeats Content-Length, puts blanks into header names, and hangs up before all bytes that
 * it promised have come. What came is the answer then, and the connection's end is its end. Only the head is looked at.
 */
export function lenientAnswers(socket: Socket): Socket {
  // To an HTTP client this is a socket: it reads, writes and destroys.
  return new LenientAnswers(socket) as Duplex as Socket;
}

class LenientAnswers extends Duplex {
  readonly #socket: Socket;
  #head: Buffer = Buffer.alloc(0);
  #inBody = false;
  /** The answer is over; what comes behind it is nobody's. */
  #over = false;
  /** Bytes of the body that are still to come; undefined: until the connection ends, or as its own coding says. */
  #left: number | undefined;

  constructor(socket: Socket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.once("end", () => this.#ended());
    socket.once("error", (error: NodeJS.ErrnoException) => {
      // A reset behind the last byte is one of their ways to say goodbye.
      if (this.#inBody && error.code === "ECONNRESET") this.#ended();
      else this.destroy(error);
    });
    socket.once("close", () => this.#ended());
    socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#inBody) this.#passBody(chunk);
    else this.#gatherHead(chunk);
  }

  /** A head is looked at once its end is there: byte by byte, looking at all of it each time would take for ever. */
  #gatherHead(chunk: Buffer): void {
    const seen = this.#head.length;
    const bytes = Buffer.concat([this.#head, chunk]);
    const ends = HEAD_END.test(bytes.toString("latin1", Math.max(0, seen - HEAD_END_BYTES)));
    if (ends || bytes.length > MAX_HEAD) this.#takeHead(bytes);
    else this.#head = bytes;
  }

  #takeHead(bytes: Buffer): void {
    const repaired = repairHead(bytes);
    this.#head = Buffer.alloc(0);
    if (repaired === undefined || repaired.interim) {
      // What is no head, the parser behind says so of. An interim answer is passed on, and another head follows.
      this.#pass(repaired?.head ?? bytes);
      if (repaired) this.#take(bytes.subarray(repaired.length));
      return;
    }
    this.#inBody = true;
    this.#left = repaired.bodyLength;
    this.#pass(repaired.head);
    this.#passBody(bytes.subarray(repaired.length));
  }

  #passBody(chunk: Buffer): void {
    const piece = this.#left === undefined ? chunk : chunk.subarray(0, this.#left);
    if (this.#left !== undefined) this.#left -= piece.length;
    if (piece.length > 0) this.#pass(piece);
    if (this.#left === 0) this.#ended();
  }

  #pass(piece: Buffer): void {
    if (!this.push(piece)) this.#socket.pause();
  }

  #ended(): void {
    if (this.#over || this.destroyed) return;
    this.#over = true;
    // A head that never ended: the parser behind says what is wrong with it.
    if (this.#head.length > 0) this.push(this.#head);
    this.push(null);
    this.#socket.resume();
  }
}
