import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";
import type { AnswerHead } from "../pools/http/answer-head.ts";
import { AnswerReader } from "../pools/http/answer-reader.ts";
import { noteRead } from "../pools/read-bytes.ts";

/** The controller switched, or answered something else, which is the caller's to pass on. */
export type UpgradeAnswer =
  | {
      readonly switched: true;
      readonly head: AnswerHead;
      /** What had come behind the head. The socket is paused. */
      readonly rest: Buffer;
    }
  | {
      readonly switched: false;
      readonly head: AnswerHead;
      /** Destroying it destroys the connection. */
      readonly body: Readable;
    };

export interface AnswerPatience {
  /** Until the head is whole, in milliseconds: against the clock, since a head may come a byte at a time. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const SWITCHING = 101;

/** Waits for the head of the answer to an upgrade. Rejects with `UpstreamFault`. */
export function upgradeAnswer(socket: Socket, { timeout, signal }: AnswerPatience): Promise<UpgradeAnswer> {
  return new Promise((resolve, reject) => {
    const pending = new PendingAnswer(socket);
    const settle = (fault?: UpstreamFault) => {
      clearTimeout(timer);
      socket.off("data", take).off("end", gone).off("close", gone).off("error", failed);
      signal.removeEventListener("abort", stopped);
      if (fault) reject(fault);
    };
    const take = (bytes: Buffer) => {
      try {
        const answer = pending.take(bytes);
        if (!answer) return;
        settle();
        resolve(answer);
      } catch (error) {
        settle(upstreamFault(error));
      }
    };
    const gone = () => settle(new UpstreamFault("controller-reset", "closed"));
    const failed = (error: Error) => settle(upstreamFault(error));
    const stopped = () => settle(new UpstreamFault("controller-timeout", "aborted"));
    const late = () => settle(new UpstreamFault("controller-timeout", "answer-timeout"));
    const timer = setTimeout(late, timeout);
    socket.on("data", take).on("end", gone).on("close", gone).on("error", failed);
    signal.addEventListener("abort", stopped);
  });
}

/** An answer of which no whole head has come. */
class PendingAnswer {
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  #head: AnswerHead | undefined;
  #refusal: RefusalBody | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new AnswerReader(
      "GET",
      {
        onHead: (head) => this.#begin(head),
        onData: (payload) => this.#refusal?.add(payload),
      },
      { switches: true },
    );
  }

  take(bytes: Buffer): UpgradeAnswer | undefined {
    const read = this.#reader.read(bytes);
    const head = this.#head;
    if (!head) return undefined;
    // Whoever goes on with it listens for what comes next, which must not come before.
    this.#socket.pause();
    if (!this.#refusal) return { switched: true, head, rest: bytes.subarray(read) };
    this.#refusal.flow();
    return { switched: false, head, body: this.#refusal };
  }

  #begin(head: AnswerHead): void {
    this.#head = head;
    if (head.status !== SWITCHING) this.#refusal = new RefusalBody(this.#socket, this.#reader);
  }
}

/** The body of an answer that is no switch, as it comes. */
class RefusalBody extends Readable {
  readonly #socket: Socket;
  readonly #reader: AnswerReader;

  constructor(socket: Socket, reader: AnswerReader) {
    super();
    this.#socket = socket;
    this.#reader = reader;
  }

  /** A piece of it. */
  add(payload: Buffer): void {
    if (!this.push(payload)) this.#socket.pause();
  }

  /** Reads on, behind what came with the head. */
  flow(): void {
    const socket = this.#socket;
    socket.on("data", (bytes: Buffer) => this.#read(() => this.#reader.read(bytes), bytes.length));
    socket.on("end", () => this.#read(() => this.#reader.done || this.#reader.end(), 0));
    // Behind the last byte its connection may go as it likes: what its reader has not taken yet is here.
    socket.on("error", (error) => this.#reader.done || this.destroy(upstreamFault(error)));
    socket.on("close", () => this.#reader.done || this.destroy());
    this.#endIfDone();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }

  #read(step: () => unknown, count: number): void {
    if (this.#reader.done) return;
    noteRead(count);
    try {
      step();
      this.#endIfDone();
    } catch (error) {
      this.destroy(upstreamFault(error));
    }
  }

  #endIfDone(): void {
    if (this.#reader.done) this.push(null);
  }
}
