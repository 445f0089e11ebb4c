import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";
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
  /** Edits the head of the controller's answer: names and values in turn. */
  readonly editHead: (status: number, headers: readonly string[]) => readonly string[];
  readonly counts: { received: number; sent: number };
  /** How long it may wait for one of the controller's few connections, in milliseconds. */
  readonly queueTimeout: number;
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

const NOTHING = Buffer.alloc(0);

/** Methods that may be sent once more when a kept connection turns out to be gone (RFC 9110, 9.2.2). */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

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
  #status = 0;
  #attempts = 0;
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
    this.#dispatch();
  }

  abort(): void {
    this.#stop();
    this.#exchange.response.destroy();
  }

  #dispatch(): void {
    this.#attempts += 1;
    const { client, request, path, headers, hasBody } = this.#exchange;
    client.dispatch(
      {
        method: (request.method ?? "GET") as Dispatcher.HttpMethod,
        path,
        headers: headers as string[],
        body: hasBody ? new RequestBody(request) : null,
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
    const { response, editHead } = this.#exchange;
    if (status < 200) return;
    const head = editHead(status, answerHead(status, controller.rawHeaders));
    response.writeHead(status, PHRASE.test(phrase) ? phrase : undefined, head as string[]);
    this.#status = status;
    // Sends the head at once; `flushHeaders` would write its Latin-1 as UTF-8.
    response.write(NOTHING);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#exchange.counts.sent += chunk.length;
    if (!this.#exchange.response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#exchange.response.end();
    this.#settle({ answered: true, status: this.#status });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#queued);
    if (error instanceof Aborted) return;
    if (this.#repeatable(error)) {
      this.#dispatch();
      return;
    }
    if (this.#status > 0) this.#exchange.response.destroy();
    this.#settle({ fault: upstreamFault(error), answered: this.#status > 0, status: this.#status });
  }

  /** A kept connection that the controller closed meanwhile: once more, on a new one. */
  #repeatable(error: Error): boolean {
    const { request, hasBody, response } = this.#exchange;
    const stale = upstreamFault(error).reason === "controller-reset";
    const unanswered = this.#status === 0 && this.#attempts === 1 && !response.destroyed;
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

function textOf(part: Buffer | string | undefined): string {
  return typeof part === "string" ? part : (part?.toString("latin1") ?? "");
}
