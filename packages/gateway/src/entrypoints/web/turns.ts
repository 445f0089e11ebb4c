import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Whose turn it is on a connection. Answers go out in the order of their requests (RFC 9112, 9.3.2): what is written to
 * the bare socket while an earlier request waits for its answer would be read as that answer.
 */
export class Turns {
  readonly #waiting = new WeakMap<Duplex, Set<ServerResponse>>();

  /** An exchange has begun, until `over`. */
  begin(response: ServerResponse): void {
    const { socket } = response.req;
    const waiting = this.#waiting.get(socket);
    if (waiting) waiting.add(response);
    else this.#waiting.set(socket, new Set([response]));
  }

  over(response: ServerResponse): void {
    this.#waiting.get(response.req.socket)?.delete(response);
  }

  /** Whether a refusal on the bare socket would be taken for what it is: nobody waits, or only who broke his own body. */
  isNext(socket: Duplex): boolean {
    const [first, ...more] = this.#waiting.get(socket) ?? [];
    if (first === undefined) return true;
    return more.length === 0 && !first.req.complete && !first.headersSent;
  }
}
