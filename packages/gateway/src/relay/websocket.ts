import type { Duplex } from "node:stream";
import type { EndReason } from "@sallyport/shared";
import { SharedReads } from "../pools/shared-reads.ts";
import { closeFrame, keepAliveMark, pingFrame } from "./control-frames.ts";
import { Farewell } from "./farewell.ts";
import { FrameFollower } from "./frames.ts";
import { Lane } from "./lane.ts";
import { letGo } from "./let-go.ts";
import { PongFilter } from "./pong-filter.ts";
import type { Ticker, Ticking } from "./ticker.ts";

/** How long a lane may take to reach a boundary once its end was called, in milliseconds. */
export const BOUNDARY_WAIT = 500;
/** How long the peers may then take to hang up, in milliseconds. */
export const HANGUP_WAIT = 400;

/** How long one side may take to be written out after the other has gone, in milliseconds. */
const FLUSH_WAIT = 5_000;
/** Ticks without a byte after which a bridge of which one side has said its last is over. */
export const HALF_CLOSED_TICKS = 30;

/** Up to date once a tick, and when the bridge ends. */
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
  readonly detail: string | undefined;
}

export interface BridgeOptions {
  /** A message that the controller has to hear before its socket closes. */
  readonly farewell?: Uint8Array | undefined;
  readonly client: Duplex;
  readonly controller: Duplex;
  /** What the controller is read by. */
  readonly controllerReads: SharedReads;
  readonly limits: BridgeLimits;
  readonly counts: BridgeCounts;
  readonly ticker: Ticker;
  /** Called once, when both sides are gone. */
  readonly onEnd: (end: BridgeEnd) => void;
}

/**
 * Bridges an upgraded client to an upgraded controller: bytes as they come, frames intact, back-pressure and
 * half-close in both directions, once it has begun. It ends through `end`, or when a side goes.
 */
export class WebSocketBridge implements Ticking {
  readonly #options: BridgeOptions;
  readonly #leaveTicker: () => void;
  readonly #clientReads: SharedReads;
  readonly #fromClient: Lane;
  readonly #fromController: Lane;
  #reason: EndReason | undefined;
  #detail: string | undefined;
  #stuck = false;
  #open = 2;
  #ending = false;
  #deadline: NodeJS.Timeout | undefined;
  /** What the counts have of the lanes' bytes. */
  #received = 0;
  #sent = 0;
  #quiet = 0;
  #sincePing = 0;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { client, controller, limits } = options;
    const { farewell } = options;
    this.#clientReads = SharedReads.of(client);
    this.#fromClient = new Lane({
      farewell: farewell && new Farewell(farewell),
      source: client,
      reads: this.#clientReads,
      sink: controller,
      follower: new FrameFollower({ masked: true, maxPayload: limits.maxPayload }),
      onFault: () => this.#fault(this.#fromClient, "client-garbage"),
    });
    this.#fromController = new Lane({
      source: controller,
      reads: options.controllerReads,
      sink: client,
      follower: new FrameFollower({ masked: false, maxPayload: limits.maxPayload }),
      onFault: () => this.#fault(this.#fromController, "controller-garbage"),
    });
    this.#watch(client, "client-gone", [this.#fromClient, this.#fromController]);
    this.#watch(controller, "controller-gone", [this.#fromController, this.#fromClient]);
    this.#leaveTicker = options.ticker.add(this);
  }

  /** Bytes that had come behind each side's handshake, and then all that comes. */
  begin(clientHead: Buffer, controllerHead: Buffer): void {
    this.#fromController.begin(controllerHead);
    this.#fromClient.begin(clientHead);
  }

  /** Close frames at the next boundaries, then an end; whatever is stuck is destroyed. Harmless when called again. */
  end(reason: EndReason): void {
    // Also where an end is under way: whoever calls this may account for the session next.
    this.#count();
    if (this.#ending || this.#open === 0) return;
    this.#ending = true;
    this.#reason = reason;
    this.#wait(BOUNDARY_WAIT, () => this.#boundaryMissed());
    this.#fromController.finish(closeFrame(reason, false));
    this.#fromClient.finish(closeFrame(reason, true));
  }

  tick(): void {
    const active = this.#count();
    this.#quiet = active ? 0 : this.#quiet + 1;
    this.#sincePing = active ? 0 : this.#sincePing + 1;
    const { idleTicks, keepAliveTicks } = this.#options.limits;
    if (this.#reason !== undefined && this.#quiet >= HALF_CLOSED_TICKS) this.end(this.#reason);
    else if (idleTicks > 0 && this.#quiet >= idleTicks) this.end("idle");
    else if (keepAliveTicks > 0 && this.#sincePing >= keepAliveTicks) this.#ping();
  }

  /** Brings the session's counts up to date; whether bytes have flowed since the last time. */
  #count(): boolean {
    const { counts } = this.#options;
    const received = this.#fromClient.bytes - this.#received;
    const sent = this.#fromController.bytes - this.#sent;
    counts.received += received;
    counts.sent += sent;
    this.#received += received;
    this.#sent += sent;
    return received > 0 || sent > 0;
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

  /** A side that goes ends the lane from it in peace: what it had said still reaches the other. */
  #watch(socket: Duplex, gone: EndReason, [from, to]: readonly [Lane, Lane]): void {
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#detail ??= error.code ?? error.message;
    });
    socket.on("end", () => {
      this.#reason ??= gone;
      from.sourceGone();
    });
    socket.on("close", () => {
      this.#reason ??= gone;
      from.sourceGone();
      to.sinkGone();
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
    this.#wait(HANGUP_WAIT, () => this.#destroy());
  }

  #destroy(): void {
    this.#options.client.destroy();
    this.#options.controller.destroy();
  }

  /** Where an end is under way, its own deadline stays: a session ends within a second, whoever has gone before. */
  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) {
      if (!this.#ending) this.#wait(FLUSH_WAIT, () => this.#destroy());
      return;
    }
    clearTimeout(this.#deadline);
    this.#leaveTicker();
    this.#count();
    const { client, controller, controllerReads, onEnd } = this.#options;
    letGo(client, this.#clientReads);
    letGo(controller, controllerReads);
    onEnd({ reason: this.#reason ?? "client-gone", stuck: this.#stuck, detail: this.#detail });
  }

  #wait(milliseconds: number, then: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(then, milliseconds);
  }
}
