import { unmask } from "./control-frames.ts";
import { type FrameFollower, Opcode } from "./frames.ts";

/**
 * Takes the one pong that answers our own keep-alive ping out of what a browser sends; every other byte passes in
 * order. In use only while a ping is unanswered. Holds back at most one small frame's bytes.
 */
export class PongFilter {
  readonly #follower: FrameFollower;
  /** The payload that our ping carried. */
  readonly mark: Buffer;
  #held: Uint8Array[] = [];
  #candidate = false;

  constructor(follower: FrameFollower, mark: Buffer) {
    this.#follower = follower;
    this.mark = mark;
  }

  /** Pings that no pong has answered yet; the filter has done its work when there are none. */
  expected = 1;

  /** The frame under way is held back whole: what was passed on ends at a boundary. */
  get holding(): boolean {
    return this.#candidate;
  }

  /** Follows a chunk as `FrameFollower.advance` does, and adds what of it is to be passed on to `passed`. */
  advance(chunk: Uint8Array, at: number, passed: Uint8Array[]): number {
    if (this.#follower.atBoundary) this.#candidate = this.expected > 0;
    const next = this.#follower.advance(chunk, at);
    if (this.#follower.fault === undefined) this.#sort(chunk.subarray(at, next), passed);
    return next;
  }

  #sort(piece: Uint8Array, out: Uint8Array[]): void {
    if (!this.#candidate) {
      out.push(piece);
      return;
    }
    const possible = this.#follower.opcode === Opcode.pong && this.#follower.length === this.mark.length;
    const undecided = this.#follower.inHeader || (possible && !this.#follower.atBoundary);
    // It lies where the next read will be.
    this.#held.push(undecided ? Uint8Array.from(piece) : piece);
    if (undecided) return;
    if (possible && this.#isOurs()) {
      this.expected -= 1;
      this.#held = [];
    }
    this.#candidate = false;
    out.push(...this.#release());
  }

  #isOurs(): boolean {
    const frame = Buffer.concat(this.#held);
    return unmask(frame.subarray(6), frame.subarray(2, 6)).equals(this.mark);
  }

  #release(): Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
