import type { OnReadOpts } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { readInto } from "./onread-slots.ts";
import { noteRead } from "./read-bytes.ts";

/** Fewer, larger records and system calls; one for the whole process, so its size costs no connection anything. */
const READ_SIZE = 64 * 1024;
const buffer = Buffer.allocUnsafe(READ_SIZE);
/** Views of its beginning, by their length: a console's messages are as short as others, and come one by one. */
const views: (Buffer | undefined)[] = new Array(1024).fill(undefined);

function view(length: number): Buffer {
  const known = views[length];
  if (known) return known;
  const fresh = buffer.subarray(0, length);
  if (length < views.length) views[length] = fresh;
  return fresh;
}

/** The socket that may still have more to hand on, for whoever waits until it has none. */
let unfinished: SharedReads | undefined;
let whenOver: (() => void) | undefined;
let turnIsWatched = false;

function finish(): void {
  const over = whenOver;
  unfinished = undefined;
  whenOver = undefined;
  over?.();
}

function finishTurn(): void {
  turnIsWatched = false;
  finish();
}

/**
 * Reads of one socket into a buffer that all sockets share: each read is handed on before the next one begins, in
 * whatever socket. Who takes a chunk must be done with it, or have copied it, when `take` returns.
 */
export class SharedReads {
  /** What came before anybody asked for it. */
  readonly #early: Buffer[] = [];
  readonly #keep = (chunk: Buffer): boolean => {
    this.#early.push(Buffer.from(chunk));
    return false;
  };
  #take = this.#keep;

  readonly onread: OnReadOpts = {
    buffer,
    callback: (length) => {
      if (unfinished !== undefined && unfinished !== this) finish();
      return this.#take(view(length));
    },
  };

  /**
   * Reads a socket that somebody else has opened, or that was accepted: until then it is read by events, and nobody may
   * listen for its data. Without a Node that lets us it goes on being read by events, into buffers of its own.
   */
  static of(socket: Duplex): SharedReads {
    const reads = new SharedReads();
    // Of a socket that flows one piece comes at a time.
    for (let early: Buffer | null = socket.read(); early; early = socket.read()) reads.#early.push(early);
    if (!readInto(socket, reads.onread)) socket.on("data", (chunk: Buffer) => reads.#event(socket, chunk));
    return reads;
  }

  /** Something has come, and nobody has asked for it yet. */
  get isEarly(): boolean {
    return this.#early.length > 0;
  }

  /** `afterwards` was asked for, and more may come of what was read at once by then. */
  get isUnfinished(): boolean {
    return unfinished === this;
  }

  /**
   * Calls `over` once what is being read from this socket has all been handed on: one segment may bring several TLS
   * records, which come one by one. That shows when another socket is read, or the turn of the event loop is over.
   */
  afterwards(over: () => void): void {
    finish();
    unfinished = this;
    whenOver = over;
    if (turnIsWatched) return;
    turnIsWatched = true;
    setImmediate(finishTurn);
  }

  /** Hands each chunk on from now on; `take` returns false where reading must stop until the socket is resumed. */
  start(take: (chunk: Buffer) => boolean): void {
    this.#take = take;
    // Whoever takes the first one may have handed over to somebody else by the next one.
    for (const chunk of this.#early.splice(0)) this.#take(chunk);
  }

  #event(socket: Duplex, chunk: Buffer): void {
    noteRead(chunk.length);
    if (!this.#take(chunk)) socket.pause();
  }

  /** Whoever took chunks takes no more: they wait for the next one who starts. */
  stop(): void {
    this.#take = this.#keep;
  }
}

/**
 * Whether what is written next is the writer's again when `write` returns: TLS with nothing queued before it encrypts
 * within the call; behind other chunks, or in a plain socket, it would wait.
 */
export function takesAtOnce(sink: Duplex): boolean {
  return sink instanceof TLSSocket && sink.writableLength === 0 && !sink.connecting;
}

/** Writes a chunk of `SharedReads`, which is copied where it would have to wait. Returns what `write` does. */
export function writeShared(sink: Duplex, chunk: Uint8Array): boolean {
  return sink.write(takesAtOnce(sink) ? chunk : Buffer.from(chunk));
}
