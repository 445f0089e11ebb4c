import { performance } from "node:perf_hooks";
import type { UpstreamFault } from "../fault.ts";
import type { AnswerHead } from "./answer-head.ts";
import { type AnswerEvents, AnswerReader } from "./answer-reader.ts";
import type { HttpRequest, WrittenHead } from "./request-head.ts";

/** Who takes an answer. `onEnd` or `onFault` is called last, unless the exchange was aborted. */
export interface AnswerHandler {
  /** Thrown `UpstreamFault`s, here and in `onData`, end the exchange with that fault. */
  onHead(head: AnswerHead): void;
  /**
   * `payload` is its own for as long as the call lasts; `last`: nothing but `onEnd` or `onFault` follows, as far as that
   * shows by then. False: no more until `resume`.
   */
  onData(payload: Buffer, last: boolean): boolean;
  /** All that came at once has been handed on, and more is to come. */
  onPause(): void;
  onEnd(): void;
  /**
   * `repeatable`: it may be asked again. A connection that had been kept was gone before a byte of an answer, and a
   * request like this one does no harm when it is read twice.
   */
  onFault(fault: UpstreamFault, repeatable: boolean): void;
}

/** The connection, as an exchange has it. */
interface Line {
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** Methods that may be sent again when a kept connection turns out to be gone (RFC 9110, 9.2.2). */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

interface ExchangeParts {
  readonly handler: AnswerHandler;
  readonly onAbort: (exchange: HttpExchange) => void;
}

/** One request and its answer: it waits for a connection, then has it to itself. */
export class HttpExchange implements AnswerEvents {
  readonly head: WrittenHead;
  readonly body: HttpRequest["body"];
  readonly fresh: boolean;
  /** Does no harm when it is sent twice. */
  readonly repeatable: boolean;
  readonly reader: AnswerReader;
  /** When it is given up (`performance.now()`): waiting for its turn first, then for the head of its answer. */
  deadline = Number.POSITIVE_INFINITY;
  /** It gives way to others from then on (`performance.now()`): nothing of its answer is taken. */
  givesWayAt = Number.POSITIVE_INFINITY;
  readonly #standstill: number;
  readonly #handler: AnswerHandler;
  readonly #onAbort: (exchange: HttpExchange) => void;
  #connection: Line | undefined;
  #over = false;

  constructor(
    { method, body, fresh = false, standstill = Number.POSITIVE_INFINITY }: HttpRequest,
    head: WrittenHead,
    parts: ExchangeParts,
  ) {
    this.head = head;
    this.body = body;
    this.fresh = fresh;
    this.repeatable = body === undefined && REPEATABLE.has(method);
    this.#standstill = standstill;
    this.#handler = parts.handler;
    this.#onAbort = parts.onAbort;
    this.reader = new AnswerReader(method, this);
  }

  /** Nothing of an answer has come, and it may be sent again. */
  get isUnbegun(): boolean {
    return !(this.#over || this.reader.begun) && this.repeatable;
  }

  /** Takes more of the answer, after `onData` took no more. */
  resume(): void {
    this.givesWayAt = Number.POSITIVE_INFINITY;
    if (!this.#over) this.#connection?.resume();
  }

  /** Gives it up, without a word to its handler: where it was under way its connection goes with it. */
  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopBody();
    this.#onAbort(this);
    this.#connection?.destroy();
  }

  begin(connection: Line): void {
    this.#connection = connection;
  }

  onHead(head: AnswerHead): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#handler.onHead(head);
  }

  onData(payload: Buffer, last: boolean): void {
    if (this.#over || this.#handler.onData(payload, last)) return;
    this.givesWayAt = performance.now() + this.#standstill;
    this.#connection?.pause();
  }

  pause(): void {
    if (!this.#over && this.reader.head) this.#handler.onPause();
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection = undefined;
    this.#stopBody();
    this.#handler.onEnd();
  }

  /** `gone`: a connection that had been kept was gone before a byte of an answer. */
  fail(fault: UpstreamFault, gone = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection = undefined;
    this.#stopBody();
    this.#handler.onFault(fault, gone && this.repeatable);
  }

  #stopBody(): void {
    if (this.body !== undefined && !Buffer.isBuffer(this.body)) this.body.stop();
  }
}
