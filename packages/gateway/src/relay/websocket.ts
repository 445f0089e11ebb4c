import type { Duplex } from "node:stream";
import type { EndReason } from "@sallyport/shared";
import { closeFrame, keepAliveMark, pingFrame } from "./control-frames.ts";
import { FrameFollower } from "./frames.ts";
import { Lane } from "./lane.ts";
import { PongFilter } from "./pong-filter.ts";
import type { Ticker, Ticking } from "./ticker.ts";

/** How long a lane may take to reach a boundary once its end was called, in milliseconds. */
export const BOUNDARY_WAIT = 500;
/** How long the peers may then take to hang up, in milliseconds. */
export const HANGUP_WAIT = 400;

/** How long one side may take to be written out after the other has gone, in milliseconds. */
const FLUSH_WAIT = 5_000;

export interface BridgeCounts {
  /** Bytes from the client. */
  received: number;
  /** Bytes to the client. */
  sent: number;
}

export interface BridgeLimits {
  /** Largest payload of one frame, in bytes. */
  readonly maxPayload: number;
  /** Ticks without a byte in either direction after which the bridge ends; 0: never. */
  readonly idleTicks: number;
  /** Ticks without a byte to or from the client after which it is pinged; 0: never. */
  readonly keepAliveTicks: number;
}

export interface BridgeEnd {
  readonly reason: EndReason;
  /** A lane reached no boundary in time and was destroyed. */
  readonly stuck: boolean;
  readonly detail?: string;
}

export interface BridgeOptions {
  readonly client: Duplex;
  readonly controller: Duplex;
  /** What had come behind each side's handshake. */
  readonly clientHead: Buffer;
  readonly controllerHead: Buffer;
  readonly limits: BridgeLimits;
  readonly counts: BridgeCounts;
  readonly ticker: Ticker;
  /** Called once, when both sides are gone. */
  readonly onEnd: (end: BridgeEnd) => void;
}

/**
 * Bridges an upgraded client to an upgraded controller: bytes as they come, frames intact, back-pressure and
 * half-close in both directions. It ends through `end`, or when a side goes.
 */
export class WebSocketBridge implements Ticking {
  readonly #options: BridgeOptions;
  readonly #fromClient: Lane;
  readonly #fromController: Lane;
  #reason: EndReason | undefined;
  #detail: string | undefined;
  #stuck = false;
  #open = 2;
  #deadline: NodeJS.Timeout | undefined;
  #active = false;
  #quiet = 0;
  #sincePing = 0;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { client, controller, counts, limits } = options;
    this.#fromClient = new Lane({
      source: client,
      sink: controller,
      follower: new FrameFollower({ masked: true, maxPayload: limits.maxPayload }),
      onBytes: (count) => {
        counts.received += count;
        this.#active = true;
      },
      onFault: () => this.#fault(this.#fromClient, "client-garbage"),
    });
    this.#fromController = new Lane({
      source: controller,
      sink: client,
      follower: new FrameFollower({ masked: false, maxPayload: limits.maxPayload }),
      onBytes: (count) => {
        counts.sent += count;
        this.#active = true;
      },
      onFault: () => this.#fault(this.#fromController, "controller-garbage"),
    });
    this.#watch(client, controller, "client-gone");
    this.#watch(controller, client, "controller-gone");
    options.ticker.add(this);
    this.#fromController.begin(options.controllerHead);
    this.#fromClient.begin(options.clientHead);
  }

  /** Close frames at the next boundaries, then an end; whatever is stuck is destroyed. Harmless when called again. */
  end(reason: EndReason): void {
    if (this.#deadline !== undefined) return;
    this.#reason ??= reason;
    this.#deadline = setTimeout(() => this.#boundaryMissed(), BOUNDARY_WAIT);
    this.#fromController.finish(closeFrame(reason, false));
    this.#fromClient.finish(closeFrame(reason, true));
  }

  tick(): void {
    const active = this.#active;
    this.#active = false;
    this.#quiet = active ? 0 : this.#quiet + 1;
    this.#sincePing = active ? 0 : this.#sincePing + 1;
    const { idleTicks, keepAliveTicks } = this.#options.limits;
    if (idleTicks > 0 && this.#quiet >= idleTicks) this.end("idle");
    else if (keepAliveTicks > 0 && this.#sincePing >= keepAliveTicks) this.#ping();
  }

  /** An unanswered ping is no reason to end: an edge may answer for its client. The next one carries the same mark. */
  #ping(): void {
    const waiting = this.#fromClient.filter;
    const mark = waiting?.mark ?? keepAliveMark();
    if (!this.#fromController.inject(pingFrame(mark))) return;
    if (waiting) waiting.expected += 1;
    else this.#fromClient.filter = new PongFilter(this.#fromClient.follower, mark);
    this.#sincePing = 0;
  }

  #fault(lane: Lane, reason: EndReason): void {
    const fault = lane.follower.fault;
    this.#detail = fault;
    this.end(fault === "frame-too-large" ? "frame-too-large" : reason);
  }

  #watch(socket: Duplex, other: Duplex, gone: EndReason): void {
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#detail ??= error.code ?? error.message;
    });
    socket.on("end", () => {
      this.#reason ??= gone;
    });
    socket.on("close", () => {
      this.#reason ??= gone;
      if (socket.errored) other.destroy();
      else other.end();
      this.#closed();
    });
  }

  #boundaryMissed(): void {
    for (const [lane, sink] of [
      [this.#fromController, this.#options.client],
      [this.#fromClient, this.#options.controller],
    ] as const) {
      if (lane.finished) continue;
      this.#stuck = true;
      sink.destroy();
    }
    this.#deadline = setTimeout(() => this.#destroy(), HANGUP_WAIT);
  }

  #destroy(): void {
    this.#options.client.destroy();
    this.#options.controller.destroy();
  }

  #closed(): void {
    this.#open -= 1;
    clearTimeout(this.#deadline);
    if (this.#open > 0) {
      this.#deadline = setTimeout(() => this.#destroy(), FLUSH_WAIT);
      return;
    }
    this.#options.ticker.remove(this);
    this.#options.onEnd({
      reason: this.#reason ?? "client-gone",
      stuck: this.#stuck,
      ...(this.#detail === undefined ? {} : { detail: this.#detail }),
    });
  }
}
