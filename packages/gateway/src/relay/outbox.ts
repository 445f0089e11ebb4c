/** What a turn of the event loop holds of short pieces; hundreds of a console's. */
const BLOCK = 64 * 1024;
/** What a sender posts first in a turn begins at a multiple of this: few places, so that views of them serve again. */
const PLACE = 128;

/** Whoever posts. */
export interface Sender {
  /** Called with what was posted, in order, one piece of it or several together; the bytes are its own for the call. */
  send(bytes: Buffer): void;
}

/** Used again, turn after turn: what every message makes anew is half of what has to be collected. */
interface Posted {
  /** Absent: what it posted is being sent, or was. */
  sender: Sender | undefined;
  begin: number;
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
  /** The first `#count` are of this turn. */
  readonly #posted: Posted[] = [];
  #count = 0;
  /** Views of the block from each place on, by their length up to that of a place: 65,536 at most, some 7 MiB. */
  readonly #views: Buffer[][] = Array.from({ length: BLOCK / PLACE }, () => []);
  /** The next to be sent. */
  #next = 0;
  #scheduled = false;

  /** Takes a copy of a piece of at most 64 KiB. */
  post(sender: Sender, piece: Uint8Array): void {
    if (piece.length > BLOCK - this.#place) this.flush();
    const last = this.#posted[this.#count - 1];
    const more = last?.sender === sender;
    const begin = more ? this.#length : this.#place;
    this.#block.set(piece, begin);
    this.#length = begin + piece.length;
    if (more) last.end = this.#length;
    else this.#note(sender, begin, this.#length);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#atEnd);
  }

  /** Sends everything now: who has something to say past the outbox does so behind what was posted. */
  flush(): void {
    while (this.#next < this.#count) {
      const one = this.#posted[this.#next++] as Posted;
      const { sender } = one;
      one.sender = undefined;
      sender?.send(this.#view(one.begin, one.end));
    }
    this.#count = 0;
    this.#next = 0;
    this.#length = 0;
  }

  readonly #atEnd = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /** Where the next sender's bytes can begin. */
  get #place(): number {
    return Math.ceil(this.#length / PLACE) * PLACE;
  }

  #note(sender: Sender, begin: number, end: number): void {
    const one = this.#posted[this.#count];
    if (one) {
      one.sender = sender;
      one.begin = begin;
      one.end = end;
    } else this.#posted.push({ sender, begin, end });
    this.#count++;
  }

  #view(begin: number, end: number): Buffer {
    const views = this.#views[begin / PLACE];
    const length = end - begin;
    if (!views || length > PLACE) return this.#block.subarray(begin, end);
    views[length] ??= this.#block.subarray(begin, end);
    return views[length];
  }
}

/** One a process, as it has one event loop. */
export const outbox = new Outbox();
