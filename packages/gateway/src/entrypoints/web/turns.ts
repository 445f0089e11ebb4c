import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Whose turn it is on a connection. Answers go out in the order of their requests (RFC 9112, 9.3.2): what is written to
 * the bare socket while an earlier request waits for its answer would be read as that answer.
 */
export class Turns {
  readonly #waiting = new WeakMap<Duplex, Set<ServerResponse>>();

  /** An exchange has begun, until its response closes. */
  begin(response: ServerResponse): void {
    const { socket } = response.req;
    const waiting = this.#waiting.get(socket) ?? new Set();
    this.#waiting.set(socket, waiting.add(response));
    response.once("close", () => waiting.delete(response));
  }

  /** Whether a refusal on the bare socket would be taken for what it is: nobody waits, or only who broke his own body. */
  isNext(socket: Duplex): boolean {
    const [first, ...more] = this.#waiting.get(socket) ?? [];
    if (first === undefined) return true;
    return more.length === 0 && !first.req.complete && !first.headersSent;
  }
}
