import type { UpstreamFault } from "../fault.ts";
import { type AnswerHead, garbage } from "./answer-head.ts";
import type { HttpClient } from "./client.ts";
import type { AnswerHandler } from "./exchange.ts";
import { GatheredBody } from "./gathered-body.ts";
import type { HttpRequest } from "./request-head.ts";

/** An answer as a whole. */
export interface CollectedAnswer extends AnswerHead {
  readonly body: Buffer;
  /** Why it ended too early; `body` is what had come by then. */
  readonly cut: UpstreamFault | undefined;
}

export interface CollectOptions {
  /** Largest body, in bytes. */
  readonly most: number;
  /** Ends the exchange; what waits is rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request and waits for all of its answer. Rejects with `UpstreamFault` where no head came or the body is too
 * large, with the signal's reason where that fires first.
 */
export function collect(client: HttpClient, request: HttpRequest, options: CollectOptions): Promise<CollectedAnswer> {
  const { signal, most } = options;
  return new Promise((resolve, reject) => {
    const stop = () => settle(() => reject(signal.reason));
    const settle = (act: () => void) => {
      signal.removeEventListener("abort", stop);
      act();
      exchange.abort();
    };
    const collector = new Collector(most, {
      done: (answer) => settle(() => resolve(answer)),
      failed: (fault) => settle(() => reject(fault)),
    });
    const exchange = client.request(request, collector, Number.POSITIVE_INFINITY);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
}

interface Outcome {
  readonly done: (answer: CollectedAnswer) => void;
  readonly failed: (fault: UpstreamFault) => void;
}

class Collector implements AnswerHandler {
  readonly #most: number;
  readonly #outcome: Outcome;
  readonly #body = new GatheredBody();
  #head: AnswerHead | undefined;

  constructor(most: number, outcome: Outcome) {
    this.#most = most;
    this.#outcome = outcome;
  }

  onHead(head: AnswerHead): void {
    this.#head = head;
  }

  onData(payload: Buffer): boolean {
    this.#body.add(payload);
    if (this.#body.length > this.#most) throw garbage("answer-too-large");
    return true;
  }

  onPause(): void {}

  onEnd(): void {
    if (this.#head) this.#finish(this.#head, undefined);
  }

  onFault(fault: UpstreamFault): void {
    if (this.#head === undefined || this.#body.length > this.#most) this.#outcome.failed(fault);
    else this.#finish(this.#head, fault);
  }

  #finish({ status, phrase, headers }: AnswerHead, cut: UpstreamFault | undefined): void {
    this.#outcome.done({ status, phrase, headers, body: this.#body.bytes, cut });
  }
}
