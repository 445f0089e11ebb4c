import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { EndReason } from "@sallyport/shared";
import { SharedReads, writeShared } from "../pools/shared-reads.ts";
import { letGo } from "./let-go.ts";
import type { Ticker } from "./ticker.ts";

export interface SpliceSide {
  readonly socket: Socket;
  /** Breaks the connection off so that its peer cannot take the cut for an end (TCP RST). */
  readonly reset: () => void;
}

export interface SpliceOptions {
  readonly client: SpliceSide;
  /** Opened with the `onread` of `reads`. */
  readonly upstream: SpliceSide;
  readonly reads: SharedReads;
  /** Added to as bytes flow. */
  readonly counts: { received: number; sent: number };
  readonly ticker: Ticker;
  /** Ticks without a byte in either direction after which it ends; 0: never. */
  readonly idleTicks: number;
  /** Called once, when both sides are closed. */
  readonly onEnd: (reason: EndReason) => void;
}

/** After so much silence (ms) the kernel asks whether a peer is still there. */
const PROBE_AFTER = 30_000;

/**
 * Moves bytes between a client and an upstream, both ways, under back-pressure. The end of one side's sending is
 * passed on as such and the other direction goes on (row J-16); a side that breaks off breaks the other off.
 */
export class Splice {
  readonly #options: SpliceOptions;
  readonly #leaveTicker: () => void;
  readonly #clientReads: SharedReads;
  #reason: EndReason | undefined;
  #open = 2;
  /** The sum of counts at the last tick, and ticks since it changed. */
  #seen = 0;
  #quiet = 0;
  #isProbed = false;
  /** Closed at once, because nothing was left to be said either way. */
  #finished: Socket | undefined;

  constructor(options: SpliceOptions) {
    this.#options = options;
    const { client, upstream, reads, ticker } = options;
    this.#clientReads = SharedReads.of(client.socket);
    this.#fromClient(client.socket, upstream.socket);
    this.#fromUpstream(upstream.socket, client.socket, reads);
    this.#watch(client, upstream, "client-gone");
    this.#watch(upstream, client, "upstream-gone");
    this.#leaveTicker = ticker.add(this);
  }

  /** Ends both sides at once, so that a cut shows where something is under way. */
  end(reason: EndReason): void {
    this.#reason ??= reason;
    const sides = [this.#options.client, this.#options.upstream];
    // Idle is also what a reader that stands still looks like from here.
    const nothingWaits = sides.every(({ socket }) => socket.writableLength === 0);
    for (const side of sides) {
      if (reason === "idle" && nothingWaits) side.socket.destroy();
      else side.reset();
    }
  }

  tick(): void {
    const { counts, idleTicks } = this.#options;
    if (!this.#isProbed) this.#probe();
    if (idleTicks === 0) return;
    const moved = counts.received + counts.sent;
    this.#quiet = moved === this.#seen ? this.#quiet + 1 : 0;
    this.#seen = moved;
    if (this.#quiet >= idleTicks) this.end("idle");
  }

  /** Most connections are over by now, and have saved the eight system calls. */
  #probe(): void {
    this.#isProbed = true;
    const { client, upstream } = this.#options;
    for (const { socket } of [client, upstream]) socket.setKeepAlive(true, PROBE_AFTER);
  }

  #fromClient(client: Socket, upstream: Socket): void {
    const { counts } = this.#options;
    this.#clientReads.start((chunk) => {
      counts.received += chunk.length;
      return writeShared(upstream, chunk);
    });
    upstream.on("drain", () => client.resume());
    client.resume();
  }

  #fromUpstream(upstream: Socket, client: Socket, reads: SharedReads): void {
    const { counts } = this.#options;
    reads.start((chunk) => {
      counts.sent += chunk.length;
      return writeShared(client, chunk);
    });
    client.on("drain", () => upstream.resume());
    upstream.resume();
  }

  #watch(side: SpliceSide, other: SpliceSide, gone: EndReason): void {
    const ended = () => {
      this.#reason ??= gone;
      this.#finish(other.socket);
    };
    // An end without a byte before it is told to nobody in particular: it may have come while the other side was dialled.
    if (side.socket.readableEnded) ended();
    else side.socket.on("end", ended);
    // What an error means is told by the close behind it.
    side.socket.on("error", () => side.socket.destroy());
    side.socket.on("close", () => {
      this.#reason ??= gone;
      if (!this.#isWhole(side.socket)) other.reset();
      this.#closed(this.#reason);
    });
  }

  /**
   * A plain socket whose own end came before, with nothing left to write: the kernel says the end by closing, too, and a
   * half-close before it would be a system call and a turn of the event loop more. TLS has a farewell to say first.
   */
  #finish(socket: Socket): void {
    if (!socket.readableEnded || socket.writableLength > 0 || socket instanceof TLSSocket) return void socket.end();
    this.#finished = socket;
    socket.destroy();
  }

  /** Both directions came to their end. */
  #isWhole(socket: Socket): boolean {
    return socket.readableEnded && (socket.writableFinished || this.#finished === socket);
  }

  #closed(reason: EndReason): void {
    this.#open--;
    if (this.#open > 0) return;
    this.#leaveTicker();
    const { client, upstream, reads, onEnd } = this.#options;
    letGo(client.socket, this.#clientReads);
    letGo(upstream.socket, reads);
    onEnd(reason);
  }
}
