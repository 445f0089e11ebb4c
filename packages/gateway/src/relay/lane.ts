import type { Duplex } from "node:stream";
import type { FrameFollower } from "./frames.ts";
import type { PongFilter } from "./pong-filter.ts";

export interface LaneOptions {
  readonly source: Duplex;
  readonly sink: Duplex;
  readonly follower: FrameFollower;
  /** Bytes that were passed on. */
  readonly onBytes: (count: number) => void;
  /** The source sent what cannot be WebSocket; the lane is at a boundary or has been cut. */
  readonly onFault: () => void;
}

/**
 * One direction of a bridge. Passes bytes as they come, under the sink's back-pressure, until it is told to finish:
 * then up to the next frame boundary, then the given close frame, then nothing.
 */
export class Lane {
  /** Set while a keep-alive ping of ours is unanswered. */
  filter: PongFilter | undefined;

  readonly #options: LaneOptions;
  #farewell: Buffer | undefined;
  #finished = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    const { source, sink } = options;
    // Else Node would end a side's writing as soon as it has read the other's end.
    source.allowHalfOpen = true;
    source.on("data", (chunk: Buffer) => this.#pass(chunk));
    source.on("end", () => this.sourceGone());
    sink.on("drain", () => source.resume());
  }

  /** Nothing more will be passed on. */
  get finished(): boolean {
    return this.#finished;
  }

  get follower(): FrameFollower {
    return this.#options.follower;
  }

  /** What was passed on so far ends with a whole frame. */
  get atBoundary(): boolean {
    return this.filter?.holding || this.follower.atBoundary;
  }

  /** Puts a frame of ours between two of the peer's; false where that is not possible now. */
  inject(frame: Buffer): boolean {
    if (this.#finished || this.follower.closing || !this.atBoundary) return false;
    if (!this.#options.sink.writable) return false;
    this.#options.sink.write(frame);
    return true;
  }

  /** Ends the lane at its next boundary with a close frame, or without one behind a close frame of the peer's. */
  finish(closeFrame: Buffer): void {
    if (this.#finished || this.#farewell) return;
    this.#farewell = closeFrame;
    if (this.atBoundary) this.#finishNow(closeFrame);
  }

  /** The source will send nothing more: neither does the lane. */
  sourceGone(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#options.sink.end();
  }

  /** Nobody reads any more: the source is read to its end, so that the end is seen. */
  sinkGone(): void {
    this.#finished = true;
    this.#options.source.resume();
  }

  /** Bytes that had come with the handshake. */
  begin(head: Buffer): void {
    if (head.length > 0) this.#pass(head);
  }

  #pass(chunk: Buffer): void {
    if (this.#finished) return;
    if (this.#farewell) this.#passUpToBoundary(chunk, this.#farewell);
    else if (this.filter) this.#passFiltered(chunk, this.filter);
    else this.#passWhole(chunk);
  }

  #passWhole(chunk: Buffer): void {
    const { follower } = this.#options;
    const good = follower.push(chunk);
    if (follower.fault === undefined) {
      this.#write(chunk);
      return;
    }
    if (good > 0) this.#write(chunk.subarray(0, good));
    this.#fault();
  }

  #passFiltered(chunk: Buffer, filter: PongFilter): void {
    for (const piece of filter.push(chunk)) this.#write(piece);
    if (this.follower.fault !== undefined) this.#fault();
    else if (filter.expected === 0 && !filter.holding) this.filter = undefined;
  }

  #passUpToBoundary(chunk: Buffer, farewell: Buffer): void {
    const end = this.follower.advance(chunk, 0);
    if (this.follower.fault !== undefined) {
      this.#fault();
      return;
    }
    this.#write(chunk.subarray(0, end));
    if (this.follower.atBoundary) this.#finishNow(farewell);
  }

  #finishNow(farewell: Buffer): void {
    this.#finished = true;
    const { sink, source } = this.#options;
    if (this.follower.closing) sink.end();
    else sink.end(farewell);
    source.resume();
  }

  #write(piece: Uint8Array): void {
    const { sink, source, onBytes } = this.#options;
    onBytes(piece.length);
    if (!sink.write(piece)) source.pause();
  }

  /** Behind a boundary a close frame can still follow; in the middle of a header it cannot. */
  #fault(): void {
    if (!this.atBoundary) {
      this.#finished = true;
      this.#options.sink.destroy();
    }
    this.#options.onFault();
  }
}
