import type { OnReadOpts } from "node:net";
import { Cancellation } from "./cancellation.ts";

/** One call of a service, which its caller may give up. */
export class ServiceCall extends Cancellation {
  /** Where what is read goes, from the first byte on. */
  readonly onread: OnReadOpts;
  #controller: AbortController | undefined;

  constructor(onread: OnReadOpts) {
    super();
    this.onread = onread;
  }

  /** The same for dialers that take nothing else: made when it is asked for. */
  get signal(): AbortSignal {
    this.#controller ??= this.#controllerOf();
    return this.#controller.signal;
  }

  #controllerOf(): AbortController {
    const controller = new AbortController();
    if (this.aborted) controller.abort();
    else this.addEventListener("abort", () => controller.abort());
    return controller;
  }
}
