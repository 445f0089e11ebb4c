import type { OnReadOpts } from "node:net";

/**
 * One call of a service, which its caller may give up. Not an AbortSignal alone: with its listeners that is much of
 * what a short connection costs, and our own dialling needs no more than one callback.
 */
export class ServiceCall {
  /** Where what is read goes, from the first byte on. */
  readonly onread: OnReadOpts;
  #stopped = false;
  #controller: AbortController | undefined;
  #onStop: (() => void) | undefined;

  constructor(onread: OnReadOpts) {
    this.onread = onread;
  }

  /** Its caller has given it up. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Aborted when its caller gives it up: for dialers that take one. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#stopped) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Who is called back, instead of whoever was before, when it is given up; undefined: nobody any more. */
  whenStopped(listener: (() => void) | undefined): void {
    this.#onStop = listener;
  }

  /** Gives it up. Harmless when called again, and after the call was answered. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#controller?.abort();
    this.#onStop?.();
  }
}
