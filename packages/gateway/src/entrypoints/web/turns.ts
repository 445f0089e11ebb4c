import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Crowd } from "../../pacing/crowd.ts";

/**
 * The exchanges under way, and whose turn it is on a connection. Answers go out in the order of their requests (RFC
 * 9112, 9.3.2): what is written to the bare socket while an earlier request waits for its answer would be read as that
 * answer.
 */
export class Turns implements Iterable<ServerResponse> {
  readonly #waiting = new WeakMap<Duplex, ServerResponse[]>();
  readonly #connections = new Crowd<ServerResponse[]>();
  #size = 0;

  /** How many exchanges are under way. */
  get size(): number {
    return this.#size;
  }

  /** An exchange has begun, until `over`. */
  begin(response: ServerResponse): void {
    this.#size += 1;
    const { socket } = response.req;
    (this.#waiting.get(socket) ?? this.#meet(socket)).push(response);
  }

  over(response: ServerResponse): void {
    const waiting = this.#waiting.get(response.req.socket);
    const at = waiting?.indexOf(response) ?? -1;
    if (at < 0) return;
    waiting?.splice(at, 1);
    this.#size -= 1;
  }

  *[Symbol.iterator](): IterableIterator<ServerResponse> {
    for (const waiting of this.#connections) yield* [...waiting];
  }

  /** Whether a refusal on the bare socket would be taken for what it is: nobody waits, or only who broke his own body. */
  isNext(socket: Duplex): boolean {
    const [first, ...more] = this.#waiting.get(socket) ?? [];
    if (first === undefined) return true;
    return more.length === 0 && !first.req.complete && !first.headersSent;
  }

  #meet(socket: Duplex): ServerResponse[] {
    const waiting: ServerResponse[] = [];
    this.#waiting.set(socket, waiting);
    const leave = this.#connections.add(waiting);
    socket.once("close", () => {
      leave();
      this.#waiting.delete(socket);
      this.#size -= waiting.length;
    });
    return waiting;
  }
}
