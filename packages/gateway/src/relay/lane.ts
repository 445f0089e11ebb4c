import type { Duplex } from "node:stream";
import { type SharedReads, takesAtOnce } from "../pools/shared-reads.ts";
import type { Farewell } from "./farewell.ts";
import type { FrameFollower } from "./frames.ts";
import { Gathering, isShort } from "./gathering.ts";
import { outbox, type Sender } from "./outbox.ts";
import type { PongFilter } from "./pong-filter.ts";

export interface LaneOptions {
  readonly source: Duplex;
  /** What the source is read by. */
  readonly reads: SharedReads;
  readonly sink: Duplex;
  readonly follower: FrameFollower;
  /** The source sent what cannot be WebSocket; the lane is at a boundary or has been cut. */
  readonly onFault: () => void;
  /** What the sink has to hear before a close frame. */
  readonly farewell?: Farewell | undefined;
}

/**
 * One direction of a bridge. Passes bytes as they come, under the sink's back-pressure, until it is told to finish:
 * then up to the next frame boundary, then the given close frame, then nothing.
 */
export class Lane implements Sender {
  /** Set while a keep-alive ping of ours is unanswered. */
  filter: PongFilter | undefined;
  /** Passed on so far, what is ours aside. */
  bytes = 0;
  readonly follower: FrameFollower;

  readonly #source: Duplex;
  readonly #reads: SharedReads;
  readonly #sink: Duplex;
  readonly #farewell: Farewell | undefined;
  readonly #onFault: () => void;
  /** Made for the first piece that needs it: many consoles never have one. */
  #gathering: Gathering | undefined;
  /** Bytes of it that the outbox has. */
  #posted = 0;
  #closeFrame: Buffer | undefined;
  #finished = false;

  constructor(options: LaneOptions) {
    const { source, sink } = options;
    this.follower = options.follower;
    this.#source = source;
    this.#reads = options.reads;
    this.#sink = sink;
    this.#farewell = options.farewell;
    this.#onFault = options.onFault;
    // Else Node would end a side's writing as soon as it has read the other's end.
    source.allowHalfOpen = true;
    sink.on("drain", () => source.resume());
  }

  /** Nothing more will be passed on. */
  get finished(): boolean {
    return this.#finished;
  }

  /** What was passed on so far ends with a whole frame. */
  get atBoundary(): boolean {
    return this.filter?.holding || this.follower.atBoundary;
  }

  /** Puts a frame of ours between two of the peer's; false where that is not possible now. */
  inject(frame: Buffer): boolean {
    if (this.#finished || this.follower.closing || !this.atBoundary) return false;
    if (!this.#sink.writable) return false;
    this.#say(frame);
    return true;
  }

  /** Ends the lane at its next boundary with a close frame, or without one behind a close frame of the peer's. */
  finish(closeFrame: Buffer): void {
    if (this.#finished || this.#closeFrame) return;
    this.#closeFrame = closeFrame;
    if (this.atBoundary) this.#finishNow(closeFrame);
  }

  /** The source will send nothing more: neither does the lane. */
  sourceGone(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#flushAll();
    this.#sink.end(this.#farewell?.before(this.follower));
  }

  /** Nobody reads any more: the source is read to its end, so that the end is seen. */
  sinkGone(): void {
    this.#finished = true;
    this.#source.resume();
  }

  /** Bytes that had come with the handshake, and then all that comes. */
  begin(head: Buffer): void {
    if (head.length > 0) this.#pass(head);
    this.#source.resume();
    this.#reads.start((chunk) => {
      this.#pass(chunk);
      return true;
    });
  }

  #pass(chunk: Buffer): void {
    if (this.#finished) return;
    if (this.#closeFrame) this.#passUpToBoundary(chunk, this.#closeFrame);
    else if (this.filter) this.#passFiltered(chunk, this.filter);
    else if (this.#farewell) this.#passWatched(chunk, this.#farewell);
    else this.#passWhole(chunk);
  }

  /** Frame by frame, so that what has to be said before a close frame can be put there. */
  #passWatched(chunk: Buffer, farewell: Farewell): void {
    const { follower } = this;
    let written = 0;
    for (let at = 0; at < chunk.length; ) {
      const begin = at;
      if (follower.atBoundary && farewell.isClose(chunk[at] as number)) {
        if (at > written) this.#write(chunk.subarray(written, at));
        written = at;
        this.#say(farewell.before(follower));
      }
      const wasWhole = follower.atBoundary;
      at = follower.advance(chunk, at);
      if (follower.fault !== undefined) {
        if (begin > written) this.#write(chunk.subarray(written, begin));
        this.#fault();
        return;
      }
      if (wasWhole && follower.atBoundary) farewell.look(chunk.subarray(begin, at));
    }
    this.#write(chunk.subarray(written));
  }

  #passWhole(chunk: Buffer): void {
    const { follower } = this;
    const good = follower.push(chunk);
    if (follower.fault === undefined) {
      this.#write(chunk);
      return;
    }
    if (good > 0) this.#write(chunk.subarray(0, good));
    this.#fault();
  }

  /** Frame by frame, too: the pong that answers us is taken out, and what has to be said before a close frame is said. */
  #passFiltered(chunk: Buffer, filter: PongFilter): void {
    const { follower } = this;
    const farewell = this.#farewell;
    for (let at = 0; at < chunk.length && follower.fault === undefined; ) {
      const begin = at;
      const wasWhole = follower.atBoundary;
      if (wasWhole && farewell?.isClose(chunk[at] as number)) this.#say(farewell.before(follower));
      const passed: Uint8Array[] = [];
      at = filter.advance(chunk, at, passed);
      for (const piece of passed) this.#write(piece);
      if (wasWhole && follower.atBoundary) farewell?.look(chunk.subarray(begin, at));
    }
    if (follower.fault !== undefined) this.#fault();
    else if (filter.expected === 0 && !filter.holding) this.filter = undefined;
  }

  #passUpToBoundary(chunk: Buffer, closeFrame: Buffer): void {
    const end = this.follower.advance(chunk, 0);
    if (this.follower.fault !== undefined) {
      this.#fault();
      return;
    }
    this.#write(chunk.subarray(0, end));
    if (this.follower.atBoundary) this.#finishNow(closeFrame);
  }

  #finishNow(closeFrame: Buffer): void {
    this.#finished = true;
    this.#flushAll();
    if (this.follower.closing) this.#sink.end();
    else this.#sink.end(Buffer.concat([this.#farewell?.before(this.follower) ?? Buffer.alloc(0), closeFrame]));
    this.#source.resume();
  }

  #write(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.bytes += piece.length;
    if (this.#gathering ? this.#gathering.passes(piece) : isShort(piece)) {
      outbox.post(this, piece);
      this.#posted += piece.length;
      return;
    }
    if (this.#posted > 0) outbox.flush();
    if (!this.#gather(piece)) this.#source.pause();
  }

  /** What was posted; it may not wait where it lies, and stays behind what was posted before and had to wait. */
  send(bytes: Buffer): void {
    this.#posted -= bytes.length;
    const isNext = this.#gathering?.isEmpty ?? true;
    const ready = isNext && takesAtOnce(this.#sink) ? this.#sink.write(bytes) : this.#gather(bytes);
    // A sink that has gone takes nothing more, and its source is read to its end.
    if (!ready && !this.#finished) this.#source.pause();
  }

  #gather(piece: Uint8Array): boolean {
    this.#gathering ??= this.#newGathering();
    const ready = this.#gathering.take(piece);
    this.#gathering.flush();
    return ready;
  }

  #newGathering(): Gathering {
    return new Gathering({
      write: (block, written) => {
        const atOnce = takesAtOnce(this.#sink);
        this.#sink.write(block, written);
        return atOnce;
      },
      onRoom: () => this.#source.resume(),
    });
  }

  #flushAll(): void {
    if (this.#posted > 0) outbox.flush();
    this.#gathering?.flushAll();
  }

  /** What is ours goes behind all that was passed on. */
  #say(frame: Uint8Array): void {
    // Node writes nothing, too, and is not done with that at once: what comes next would wait where it lies.
    if (frame.length === 0) return;
    this.#flushAll();
    this.#sink.write(frame);
  }

  /** Behind a boundary a close frame can still follow; in the middle of a header it cannot. */
  #fault(): void {
    if (!this.atBoundary) {
      this.#finished = true;
      this.#flushAll();
      this.#sink.destroy();
    }
    this.#onFault();
  }
}
