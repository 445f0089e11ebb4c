import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type JournalEntry, pathOf } from "./journal.ts";
import { type OddAnswer, oddAnswer } from "./odd-answer.ts";
import { queryValue } from "./query.ts";
import { cookieValue, headerValues } from "./raw-headers.ts";

/** Headers that a family puts on every answer, by the answer's content type. */
export type AnswerHeaders = (contentType: string) => OutgoingHttpHeaders;

const FORM_BYTES = 4096;

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: JournalEntry;
  readonly answerHeaders: AnswerHeaders;
  /** Answers are written like this; default: as HTTP wants them. */
  readonly odd?: OddAnswer | undefined;
  /** Counts a refusal. */
  readonly reject: (reason: string, entry: JournalEntry) => void;
}

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: JournalEntry;
  readonly path: string;
  /** Path segments that the route names with a colon. */
  params: Readonly<Record<string, string>> = {};
  readonly #answerHeaders: AnswerHeaders;
  readonly #odd: OddAnswer | undefined;
  readonly #reject: ExchangeParts["reject"];

  constructor(parts: ExchangeParts) {
    this.request = parts.request;
    this.response = parts.response;
    this.entry = parts.entry;
    this.path = pathOf(parts.entry.target);
    this.#answerHeaders = parts.answerHeaders;
    this.#odd = parts.odd;
    this.#reject = parts.reject;
  }

  /** The first line of this name. */
  header(name: string): string | undefined {
    return headerValues(this.entry.headers, name)[0];
  }

  cookie(name: string): string | undefined {
    return cookieValue(this.entry.headers, name);
  }

  /** A parameter of the query, decoded; the first of its name. */
  query(name: string): string | undefined {
    return queryValue(this.entry.target, name);
  }

  json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
    this.send(status, { "Content-Type": "application/json", ...headers }, JSON.stringify(value, null, 2));
  }

  /** The whole answer at once; `headers` should name a Content-Type where there is a body. */
  send(status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array = ""): void {
    if (this.#odd !== undefined) {
      this.sendOddly(this.#odd, status, headers, body);
      return;
    }
    this.head(status, { ...headers, "Content-Length": Buffer.byteLength(body) });
    this.response.end(body);
  }

  /** The same in bytes that HTTP does not allow; the connection closes behind them. */
  sendOddly(kind: OddAnswer, status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array): void {
    this.response.statusCode = status;
    const sent = this.request.method === "HEAD" ? "" : body;
    this.response.socket?.end(oddAnswer(kind, { status, headers: this.#allHeaders(headers), body: sent }));
  }

  /** Only the head: the caller writes the body to `response` and ends it. */
  head(status: number, headers: OutgoingHttpHeaders): ServerResponse {
    return this.response.writeHead(status, this.#allHeaders(headers));
  }

  /** Counts a refusal that the answer's status does not show. */
  note(reason: string): void {
    this.#reject(reason, this.entry);
  }

  /** Answers with a refusal, counted under `reason`. */
  refuse(status: number, reason: string, headers: OutgoingHttpHeaders = {}): void {
    this.#reject(reason, this.entry);
    this.send(status, { "Content-Type": "text/plain", ...headers }, `${reason}\n`);
  }

  /**
   * The request's whole body.
   *
   * @throws PayloadTooLarge past `limit` bytes
   */
  async body(limit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new PayloadTooLarge(limit);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** The body of a form, decoded. @throws PayloadTooLarge past 4 KiB */
  async form(): Promise<URLSearchParams> {
    return new URLSearchParams((await this.body(FORM_BYTES)).toString());
  }

  #allHeaders(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
    const type = headers["Content-Type"];
    return { ...this.#answerHeaders(typeof type === "string" ? type : ""), ...headers };
  }
}

/** A request body longer than its reader takes; answered with 413. */
export class PayloadTooLarge extends Error {
  readonly code = "PAYLOAD_TOO_LARGE";

  constructor(limit: number) {
    super(`request body is longer than ${limit} bytes`);
  }
}
