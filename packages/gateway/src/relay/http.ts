import type { IncomingMessage, ServerResponse } from "node:http";
import { type UpstreamFault, upstreamFault } from "../pools/fault.ts";
import type { AnswerHead } from "../pools/http/answer-head.ts";
import type { HttpClient } from "../pools/http/client.ts";
import type { AnswerHandler, HttpExchange } from "../pools/http/exchange.ts";
import { firstValue } from "../pools/http/header-pairs.ts";
import { type AnswerBody, beginAnswer } from "./answer-body.ts";
import { RequestBody } from "./request-body.ts";

/** What is to be relayed, and between whom. */
export interface HttpPassage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: HttpClient;
  /** Path and query, byte for byte. */
  readonly path: string;
  /** Names and values in turn, as they go out. */
  readonly headers: readonly string[];
  readonly hasBody: boolean;
  /** The client takes gzip; for another what comes so is unpacked. */
  readonly takesGzip: boolean;
  /** What the client gets of the controller's answer. Throws `UpstreamFault` where it gets nothing of it. */
  readonly edit: (answer: AnswerHead) => EditedAnswer;
  readonly counts: { received: number; sent: number };
  /** How long it may wait for one of the controller's few connections, in milliseconds. */
  readonly queueTimeout: number;
  /**
   * Within how long a client must bring another 1 KiB of its body, while it is read, and take more of the answer's, while
   * others wait for the connection; in milliseconds.
   */
  readonly bodyTimeout: number;
}

export interface EditedAnswer {
  readonly headers: readonly string[];
  /** Changes the body, given unpacked as Latin-1 text; undefined: it goes on as it is. */
  readonly editBody: ((body: string) => string) | undefined;
}

/** How an exchange ended. `answered`: the head of the controller's answer had gone out. */
export interface HttpOutcome {
  readonly fault?: UpstreamFault;
  readonly answered: boolean;
}

export interface RunningExchange {
  /** Cuts both sides, so that the cut shows. */
  end(): void;
}

/** A reason phrase that can go on as it is; others are replaced by the standard's (RFC 9112, 4). */
const PHRASE = /^[\t\x20-\x7e]+$/;

const GZIP = /^\s*(?:x-)?gzip\s*$/i;

/** Relays one HTTP exchange, bodies streaming both ways under back-pressure. `onDone` is called once. */
export function relayHttp(passage: HttpPassage, onDone: (outcome: HttpOutcome) => void): RunningExchange {
  return new HttpRelay(passage, onDone);
}

class HttpRelay implements AnswerHandler, RunningExchange {
  readonly #passage: HttpPassage;
  #onDone: ((outcome: HttpOutcome) => void) | undefined;
  #exchange: HttpExchange | undefined;
  #body: AnswerBody | undefined;
  #repeated = false;

  constructor(passage: HttpPassage, onDone: (outcome: HttpOutcome) => void) {
    this.#passage = passage;
    this.#onDone = onDone;
    const { response } = passage;
    // Also where it was whole: a controller may have more to say behind what it packed, to nobody.
    response.on("close", () => this.#stop());
    this.#send();
  }

  end(): void {
    this.#stop();
    this.#passage.response.destroy();
  }

  onHead({ status, phrase, headers }: AnswerHead): void {
    const { request, response, edit, takesGzip } = this.#passage;
    const received = status === 204 ? withoutLength(headers) : headers;
    const { headers: head, editBody } = edit({ status, phrase, headers: received });
    const hasBody = request.method !== "HEAD" && status !== 204 && status !== 304;
    const coding = codingOf(received);
    const gzipped = coding !== undefined && GZIP.test(coding);
    const treatment = {
      gzipped,
      unpack: hasBody && gzipped && !takesGzip,
      edit: hasBody && (gzipped || coding === undefined) ? editBody : undefined,
    };
    const start = { status, phrase: PHRASE.test(phrase) ? phrase : undefined, head };
    this.#body = beginAnswer(response, start, { treatment, onReady: () => this.#exchange?.resume() });
  }

  onData(payload: Buffer, last: boolean): boolean {
    this.#passage.counts.sent += payload.length;
    return this.#body?.write(payload, last) ?? true;
  }

  onPause(): void {
    this.#body?.flush();
  }

  onEnd(): void {
    const sent = this.#body?.end();
    if (sent === undefined) this.#ended();
    else
      sent.then(
        () => this.#ended(),
        (error: unknown) => this.#failed(upstreamFault(error)),
      );
  }

  onFault(fault: UpstreamFault, repeatable: boolean): void {
    // Again on a new connection, since those of one page end alike.
    if (repeatable && !this.#repeated && !this.#passage.response.destroyed) {
      this.#repeated = true;
      this.#send();
    } else this.#failed(fault);
  }

  #send(): void {
    const { client, request, path, headers, hasBody, bodyTimeout, counts, queueTimeout } = this.#passage;
    const onSent = (bytes: number) => {
      counts.received += bytes;
    };
    const body = hasBody ? new RequestBody(request, { timeout: bodyTimeout, onSent }) : undefined;
    const method = request.method ?? "GET";
    try {
      const asked = { method, path, headers, body, fresh: this.#repeated, standstill: bodyTimeout };
      this.#exchange = client.request(asked, this, queueTimeout);
    } catch (error) {
      const fault = upstreamFault(error);
      queueMicrotask(() => this.#failed(fault));
    }
  }

  /** Only the first word counts. */
  #settle(outcome: HttpOutcome): void {
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.(outcome);
  }

  #stop(): void {
    this.#exchange?.abort();
    this.#settle({ answered: this.#body !== undefined });
  }

  #ended(): void {
    this.#settle({ answered: true });
  }

  #failed(fault: UpstreamFault): void {
    const { response } = this.#passage;
    const answered = response.headersSent;
    if (answered) response.destroy();
    this.#settle({ fault, answered });
  }
}

/** A 204 has no length (RFC 9110, 8.6). */
function withoutLength(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.toLowerCase() !== "content-length") kept.push(name, headers[index + 1] as string);
  }
  return kept;
}

/** What the body is coded with; undefined: nothing. */
function codingOf(headers: readonly string[]): string | undefined {
  const value = firstValue(headers, "content-encoding")?.trim().toLowerCase();
  return value === "" || value === "identity" ? undefined : value;
}
