import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { Cancel } from "../pools/cancellation.ts";
import type { Deadlines } from "../pools/deadlines.ts";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";
import type { AnswerHead } from "../pools/http/answer-head.ts";
import { AnswerReader } from "../pools/http/answer-reader.ts";
import type { SharedReads } from "../pools/shared-reads.ts";

/** The controller switched, or answered something else, which is the caller's to pass on. */
export type UpgradeAnswer =
  | {
      readonly switched: true;
      readonly head: AnswerHead;
      /** What had come behind the head. What comes next waits for who starts to read. */
      readonly rest: Buffer;
    }
  | {
      readonly switched: false;
      readonly head: AnswerHead;
      /** Destroying it destroys the connection. */
      readonly body: Readable;
    };

export interface AnswerPatience {
  /** Until the head is whole: against the clock, since a head may come a byte at a time. */
  readonly deadlines: Deadlines;
  readonly signal: Cancel;
}

const SWITCHING = 101;

/** A connection, and what it is read by. */
export interface AnswerSource {
  readonly socket: Socket;
  readonly reads: SharedReads;
}

/** Waits for the head of the answer to an upgrade. Rejects with `UpstreamFault`. */
export function upgradeAnswer(source: AnswerSource, { deadlines, signal }: AnswerPatience): Promise<UpgradeAnswer> {
  const { socket, reads } = source;
  return new Promise((resolve, reject) => {
    const pending = new PendingAnswer(source);
    const settle = (fault?: UpstreamFault) => {
      callOff();
      socket.off("end", gone).off("close", gone).off("error", failed);
      signal.removeEventListener("abort", stopped);
      if (!fault) return;
      reads.stop();
      reject(fault);
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
    const callOff = deadlines.begin(() => settle(new UpstreamFault("controller-timeout", "answer-timeout")));
    socket.on("end", gone).on("close", gone).on("error", failed);
    signal.addEventListener("abort", stopped);
    socket.resume();
    reads.start((bytes) => {
      take(bytes);
      return true;
    });
  });
}

/** An answer of which no whole head has come. */
class PendingAnswer {
  readonly #source: AnswerSource;
  readonly #reader: AnswerReader;
  #head: AnswerHead | undefined;
  #refusal: RefusalBody | undefined;

  constructor(source: AnswerSource) {
    this.#source = source;
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
    // Whoever goes on with it listens for what comes next, its end too, which must not come before.
    this.#source.socket.pause();
    if (!this.#refusal) {
      this.#source.reads.stop();
      return { switched: true, head, rest: Buffer.from(bytes.subarray(read)) };
    }
    this.#refusal.flow();
    return { switched: false, head, body: this.#refusal };
  }

  #begin(head: AnswerHead): void {
    this.#head = head;
    if (head.status !== SWITCHING) this.#refusal = new RefusalBody(this.#source, this.#reader);
  }
}

/** The body of an answer that is no switch, as it comes. */
class RefusalBody extends Readable {
  readonly #source: AnswerSource;
  readonly #reader: AnswerReader;

  constructor(source: AnswerSource, reader: AnswerReader) {
    super();
    this.#source = source;
    this.#reader = reader;
  }

  /** A piece of it. */
  add(payload: Buffer): void {
    if (!this.push(Buffer.from(payload))) this.#source.socket.pause();
  }

  /** Reads on, behind what came with the head. */
  flow(): void {
    const { socket, reads } = this.#source;
    reads.start((bytes) => {
      this.#read(() => this.#reader.read(bytes));
      return true;
    });
    socket.on("end", () => this.#read(() => this.#reader.done || this.#reader.end()));
    // Behind the last byte its connection may go as it likes: what its reader has not taken yet is here.
    socket.on("error", (error) => this.#reader.done || this.destroy(upstreamFault(error)));
    socket.on("close", () => this.#reader.done || this.destroy());
    this.#endIfDone();
  }

  override _read(): void {
    this.#source.socket.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#source.socket.destroy();
    callback(error);
  }

  #read(step: () => unknown): void {
    if (this.#reader.done) return;
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
