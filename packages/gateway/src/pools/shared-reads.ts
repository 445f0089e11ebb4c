import type { OnReadOpts, Socket } from "node:net";

/** Fewer, larger records and system calls; one for the whole process, so its size costs no connection anything. */
const READ_SIZE = 64 * 1024;
const buffer = Buffer.allocUnsafe(READ_SIZE);

/**
 * Reads of one socket into a buffer that all sockets share: each read is handed on before the next one begins, in
 * whatever socket. Who takes a chunk must be done with it, or have copied it, when `take` returns.
 */
export class SharedReads {
  /** What came before anybody asked for it. */
  readonly #early: Buffer[] = [];
  #take: (chunk: Buffer) => boolean = (chunk) => {
    this.#early.push(Buffer.from(chunk));
    return false;
  };

  readonly onread: OnReadOpts = {
    buffer,
    callback: (length) => this.#take(buffer.subarray(0, length)),
  };

  /** Something has come, and nobody has asked for it yet. */
  get isEarly(): boolean {
    return this.#early.length > 0;
  }

  /** Hands each chunk on from now on; `take` returns false where reading must stop until the socket is resumed. */
  start(take: (chunk: Buffer) => boolean): void {
    this.#take = take;
    for (const chunk of this.#early.splice(0)) take(chunk);
  }
}

/**
 * Writes a chunk of `SharedReads`. TLS with nothing queued before it encrypts within the call, and no copy is needed;
 * behind other chunks, or in a plain socket, it would wait while the buffer is read into again. Returns what `write`
 * does.
 */
export function writeShared(sink: Socket, chunk: Buffer): boolean {
  const atOnce = "encrypted" in sink && sink.writableLength === 0 && !sink.connecting;
  return sink.write(atOnce ? chunk : Buffer.from(chunk));
}
