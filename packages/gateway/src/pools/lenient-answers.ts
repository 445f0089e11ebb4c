import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { garbage } from "./http/answer-head.ts";
import { MAX_INTERIM } from "./http/answer-reader.ts";
import { type RepairedHead, repairHead } from "./repair-head.ts";

/** Largest head that is waited for, in bytes. */
const MAX_HEAD = 32 * 1024;
const HEAD_END = /\r?\n\r?\n/;
const HEAD_END_BYTES = 3;
const NOTHING = Buffer.alloc(0);

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
  #head: Buffer = NOTHING;
  #interim = 0;
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

  get #gone(): boolean {
    return this.#over || this.destroyed;
  }

  #take(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk;
    // One chunk may hold more interim heads than calls can be nested, and whoever reads them may have enough of any.
    while (rest && !this.#inBody && !this.#gone) rest = this.#takeHead(rest);
    if (rest && !this.#gone) this.#passBody(rest);
  }

  /** Returns what is behind the head; undefined where no head has ended yet, or none will. */
  #takeHead(chunk: Buffer): Buffer | undefined {
    const bytes = this.#gatherHead(chunk);
    if (!bytes) return undefined;
    const repaired = repairHead(bytes);
    if (repaired?.interim) this.#interim += 1;
    else if (repaired) this.#beginBody(repaired);
    // What is no head, the parser behind says so of. An interim answer is passed on, and another head follows.
    if (this.#interim > MAX_INTERIM) this.destroy(garbage("interim-flood"));
    else this.#pass(repaired?.head ?? bytes);
    return repaired && bytes.subarray(repaired.length);
  }

  #beginBody({ bodyLength }: RepairedHead): void {
    this.#inBody = true;
    this.#left = bodyLength;
  }

  /** A head is looked at once its end is there: byte by byte, looking at all of it each time would take for ever. */
  #gatherHead(chunk: Buffer): Buffer | undefined {
    const seen = this.#head.length;
    const bytes = Buffer.concat([this.#head, chunk]);
    const ends = HEAD_END.test(bytes.toString("latin1", Math.max(0, seen - HEAD_END_BYTES)));
    const whole = ends || bytes.length > MAX_HEAD;
    this.#head = whole ? NOTHING : bytes;
    return whole ? bytes : undefined;
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
    if (this.#gone) return;
    this.#over = true;
    // A head that never ended: the parser behind says what is wrong with it.
    if (this.#head.length > 0) this.push(this.#head);
    this.push(null);
    this.#socket.resume();
  }
}
