import { dataFrame, unmask } from "./control-frames.ts";
import type { FrameFollower } from "./frames.ts";
import { Opcode } from "./frames.ts";

const CLOSE = 0x80 | Opcode.close;
const MASK_BYTES = 4;
const HEAD_BYTES = 2;

/**
 * The one message that a console must hear before its socket closes, where its client did not say it: the only data
 * frame that the gateway ever makes. It can stand between two messages only, not between the fragments of one.
 */
export class Farewell {
  /** The client said it, or it was said for it. */
  said = false;
  readonly #message: Uint8Array;

  constructor(message: Uint8Array) {
    if (message.length > 125) throw new TypeError("a farewell is one short frame");
    this.#message = message;
  }

  /** The frame that has to go out before a close frame that comes next, or nothing. */
  before(follower: FrameFollower): Buffer {
    if (this.said || follower.closing || !follower.atMessageBoundary) return Buffer.alloc(0);
    this.said = true;
    return dataFrame(this.#message);
  }

  /** Whether a frame that begins with this byte is a close frame. */
  isClose(first: number): boolean {
    return first === CLOSE;
  }

  /** Looks at a whole frame of the client's: is it this message? */
  look(frame: Uint8Array): void {
    const size = HEAD_BYTES + MASK_BYTES + this.#message.length;
    const opcode = (frame[0] ?? 0) & 0x0f;
    if (frame.length !== size || opcode >= Opcode.close) return;
    const payload = unmask(
      frame.subarray(HEAD_BYTES + MASK_BYTES),
      frame.subarray(HEAD_BYTES, HEAD_BYTES + MASK_BYTES),
    );
    if (payload.equals(this.#message)) this.said = true;
  }
}
