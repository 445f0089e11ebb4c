import { noteRead } from "../pools/read-bytes.ts";

/** Fewer, larger records and system calls; four records of TLS. */
const BLOCK = 64 * 1024;
/** Blocks that are kept for the next one who needs some, in a process: what was just used is still in the cache. */
const KEPT = 128;
/** Blocks on their way to a sink that does not take them: from then on its source has to wait. */
const MOST_WAITING = 2;
/** A record this full is rarely the last one: the rest of what was said is behind it. */
const FULL_PIECE = 8 * 1024;

const kept: Buffer[] = [];

function newBlock(): Buffer {
  noteRead(BLOCK);
  return Buffer.allocUnsafeSlow(BLOCK);
}

function keep(block: Buffer): void {
  if (kept.length < KEPT) kept.push(block);
}

/** Nothing more is to be expected at once behind a piece of this length. */
export function isShort(piece: Uint8Array): boolean {
  return piece.length < FULL_PIECE;
}

export interface GatheringOptions {
  /**
   * Writes a block that is its own until `written` is called, or only for the call, where it returns true; nobody uses a
   * block again with which that was an error.
   */
  readonly write: (block: Buffer, written: (error?: Error | null) => void) => boolean;
  /** There is room again, after `take` had said that there is none. */
  readonly onRoom: () => void;
}

/**
 * Pieces that are somebody else's, copied together into blocks, so that many of them leave with one write: alone where
 * the sink is idle and nothing more is to be expected, with those that came meanwhile where it is not.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  #block: Buffer | undefined;
  #length = 0;
  #last = 0;
  #waiting = 0;
  #scheduled = false;
  #full = false;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** All that it took has been written: what is written past it stays behind. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** A piece need not be copied: it is alone, and the last one for now. */
  passes(piece: Uint8Array): boolean {
    return isShort(piece) && this.isEmpty && this.#waiting === 0;
  }

  /** Takes all of a piece; false: no more should come until `onRoom`. `flush` sends it. */
  take(piece: Uint8Array): boolean {
    this.#last = piece.length;
    for (let at = 0; at < piece.length; ) {
      this.#block ??= kept.pop() ?? newBlock();
      const count = Math.min(piece.length - at, BLOCK - this.#length);
      this.#block.set(count === piece.length ? piece : piece.subarray(at, at + count), this.#length);
      at += count;
      this.#length += count;
      if (this.#length === BLOCK) this.#handOver(this.#block);
    }
    this.#full = this.#waiting >= MOST_WAITING;
    return !this.#full;
  }

  /** What came at once has been taken: it leaves now, or with what is behind it. */
  flush(): void {
    if (this.#length === 0 || this.#waiting > 0) return;
    if (this.#last < FULL_PIECE) this.#handOverRest();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        if (this.#waiting === 0) this.#handOverRest();
      });
    }
  }

  /** Hands everything over, whoever waits. */
  flushAll(): void {
    this.#handOverRest();
  }

  #handOverRest(): void {
    if (this.#block && this.#length > 0) this.#handOver(this.#block);
  }

  #handOver(block: Buffer): void {
    const bytes = block.subarray(0, this.#length);
    this.#block = undefined;
    this.#length = 0;
    this.#waiting += 1;
    let isBack = false;
    const giveBack = () => {
      if (!isBack) keep(block);
      isBack = true;
    };
    const atOnce = this.#options.write(bytes, (error) => {
      if (!error) giveBack();
      this.#written();
    });
    if (atOnce) giveBack();
  }

  #written(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0 && !this.#scheduled) this.#handOverRest();
    if (!this.#full || this.#waiting >= MOST_WAITING) return;
    this.#full = false;
    this.#options.onRoom();
  }
}
