/** What a turn of the event loop holds of short pieces; hundreds of a console's. */
const BLOCK = 64 * 1024;

/** Whoever posts. */
export interface Sender {
  /** Called with what was posted, in order, one piece of it or several together; the bytes are its own for the call. */
  send(bytes: Buffer): void;
}

interface Posted {
  readonly sender: Sender;
  readonly begin: number;
  end: number;
}

/**
 * Short pieces of many senders, kept until the turn of the event loop is over and then sent one after the other. A write
 * between two reads wakes its receiver, which has done its work before the next write and sleeps again: under load that
 * is most of what a message costs in the kernel. Nothing waits for what comes later: where one message came alone it
 * leaves as soon.
 */
export class Outbox {
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #length = 0;
  readonly #posted: Posted[] = [];
  /** The next to be sent. */
  #next = 0;
  #scheduled = false;

  /** Takes a copy of a piece of at most 64 KiB. */
  post(sender: Sender, piece: Uint8Array): void {
    if (piece.length > BLOCK - this.#length) this.flush();
    const begin = this.#length;
    this.#block.set(piece, begin);
    this.#length += piece.length;
    const last = this.#posted.at(-1);
    // Unless it is being sent.
    if (last?.sender === sender && this.#next < this.#posted.length) last.end = this.#length;
    else this.#posted.push({ sender, begin, end: this.#length });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Sends everything now: who has something to say past the outbox does so behind what was posted. */
  flush(): void {
    for (let one = this.#posted[this.#next]; one; one = this.#posted[this.#next]) {
      this.#next++;
      one.sender.send(this.#block.subarray(one.begin, one.end));
    }
    this.#posted.length = 0;
    this.#next = 0;
    this.#length = 0;
  }
}

/** One a process, as it has one event loop. */
export const outbox = new Outbox();
