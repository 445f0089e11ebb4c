import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";
import { idleConnections } from "../pools/http-clients.ts";
import { type AnswerBody, beginAnswer } from "./answer-body.ts";
import { Aborted, RequestBody } from "./request-body.ts";

export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: Dispatcher;
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
  /** Within how long a client must bring another 1 KiB of its body, while it is read, in milliseconds. */
  readonly bodyTimeout: number;
}

/** The head of an answer: names and values in turn. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: readonly string[];
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
  readonly status: number;
}

export interface RunningExchange {
  readonly done: Promise<HttpOutcome>;
  /** Cuts both sides, so that the cut shows. */
  abort(): void;
}

/** A reason phrase that can go on as it is; others are replaced by the standard's (RFC 9112, 4). */
const PHRASE = /^[\t\x20-\x7e]+$/;

const PLAIN_CODING = /^\s*(?:chunked|identity)\s*$/i;

const GZIP = /^\s*(?:x-)?gzip\s*$/i;

/** Methods that may be sent again when a kept connection turns out to be gone (RFC 9110, 9.2.2). */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/** One on a connection that may have been kept, since a turn that came late tells nothing of it, and one on another. */
const MIN_ATTEMPTS = 2;

/** Relays one HTTP exchange, bodies streaming both ways under back-pressure. */
export function relayHttp(exchange: HttpExchange): RunningExchange {
  const relay = new HttpRelay(exchange);
  return { done: relay.done, abort: () => relay.abort() };
}

class HttpRelay implements Dispatcher.DispatchHandler {
  readonly done: Promise<HttpOutcome>;
  readonly #exchange: HttpExchange;
  readonly #settle: (outcome: HttpOutcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: AnswerBody | undefined;
  #status = 0;
  #attempts = 0;
  /** Connections of one page end alike: each that is kept now may be found gone, until a new one is opened. */
  readonly #maxAttempts: number;
  readonly #queued: NodeJS.Timeout;
  #abandoned = false;

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange;
    const { promise, resolve } = Promise.withResolvers<HttpOutcome>();
    this.done = promise;
    this.#settle = resolve;
    const { response } = exchange;
    response.on("close", () => {
      if (!response.writableFinished) this.#stop();
    });
    response.on("drain", () => this.#controller?.resume());
    this.#queued = setTimeout(() => this.#waitedTooLong(), exchange.queueTimeout);
    this.#maxAttempts = Math.max(MIN_ATTEMPTS, 1 + idleConnections(exchange.client));
    this.#dispatch();
  }

  abort(): void {
    this.#stop();
    this.#exchange.response.destroy();
  }

  #dispatch(): void {
    this.#attempts += 1;
    const { client, request, path, headers, hasBody, bodyTimeout } = this.#exchange;
    client.dispatch(
      {
        method: (request.method ?? "GET") as Dispatcher.HttpMethod,
        path,
        headers: headers as string[],
        body: hasBody ? new RequestBody(request, bodyTimeout) : null,
      },
      this,
    );
  }

  #stop(): void {
    clearTimeout(this.#queued);
    this.#controller?.abort(new Aborted());
    this.#settle({ answered: this.#status > 0, status: this.#status });
  }

  /** Every connection that the controller allows is busy: its turn may never come. */
  #waitedTooLong(): void {
    this.#abandoned = true;
    const fault = new UpstreamFault("controller-busy", "queue-timeout");
    this.#settle({ fault, answered: false, status: 0 });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    clearTimeout(this.#queued);
    this.#controller = controller;
    if (this.#abandoned || this.#exchange.response.destroyed) controller.abort(new Aborted());
  }

  onBodySent(chunk: Buffer): void {
    this.#exchange.counts.received += chunk.length;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _: unknown, phrase = ""): void {
    const { request, response, edit, takesGzip } = this.#exchange;
    if (status < 200) return;
    const received = answerHead(status, controller.rawHeaders);
    const { headers: head, editBody } = edit({ status, headers: received });
    const hasBody = request.method !== "HEAD" && status !== 204 && status !== 304;
    const coding = codingOf(received);
    const gzipped = GZIP.test(coding ?? "");
    const treatment = {
      gzipped,
      unpack: hasBody && gzipped && !takesGzip,
      edit: hasBody && (gzipped || coding === undefined) ? editBody : undefined,
    };
    const start = { status, phrase: PHRASE.test(phrase) ? phrase : undefined, head };
    this.#body = beginAnswer(response, start, { treatment, onReady: () => controller.resume() });
    this.#status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#exchange.counts.sent += chunk.length;
    try {
      if (this.#body?.write(chunk) === false) controller.pause();
    } catch (error) {
      controller.abort(upstreamFault(error));
    }
  }

  onResponseEnd(): void {
    this.#body?.end().then(
      () => this.#settle({ answered: true, status: this.#status }),
      (error) => this.#failed(error),
    );
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#queued);
    if (error instanceof Aborted) return;
    if (this.#repeatable(error)) {
      this.#dispatch();
      return;
    }
    this.#failed(error);
  }

  #failed(error: Error): void {
    const { response } = this.#exchange;
    const answered = response.headersSent;
    if (answered) response.destroy();
    this.#settle({ fault: upstreamFault(error), answered, status: this.#status });
  }

  /** A kept connection that the controller closed meanwhile: again, on another. */
  #repeatable(error: Error): boolean {
    const { request, hasBody, response } = this.#exchange;
    const stale = upstreamFault(error).reason === "controller-reset";
    const unanswered = this.#status === 0 && this.#attempts < this.#maxAttempts && !response.destroyed;
    return stale && unanswered && !hasBody && REPEATABLE.has(request.method ?? "");
  }
}

/**
 * Header names and values in turn, as text. Throws `controller-garbage` at a transfer coding that is not undone here:
 * none was asked for (RFC 9112, 7.4). A 204 has no length (RFC 9110, 8.6).
 */
function answerHead(status: number, raw: Dispatcher.DispatchController["rawHeaders"]): string[] {
  const pairs: string[] = [];
  if (!Array.isArray(raw)) return pairs;
  for (let index = 0; index < raw.length; index += 2) {
    const name = textOf(raw[index]);
    const value = textOf(raw[index + 1]);
    const lower = name.toLowerCase();
    if (lower === "transfer-encoding" && !PLAIN_CODING.test(value)) {
      throw new UpstreamFault("controller-garbage", "transfer-coding");
    }
    if (lower !== "content-length" || status !== 204) pairs.push(name, value);
  }
  return pairs;
}

/** What the body is coded with; undefined: nothing. */
function codingOf(headers: readonly string[]): string | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "content-encoding");
  const value = headers[at + 1]?.trim().toLowerCase();
  return at < 0 || value === "" || value === "identity" ? undefined : value;
}

function textOf(part: Buffer | string | undefined): string {
  return typeof part === "string" ? part : (part?.toString("latin1") ?? "");
}
