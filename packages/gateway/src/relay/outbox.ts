/** Holds short pieces until they are sent; hundreds of a console's. */
const BLOCK = 64 * 1024;
/** Each sender's bytes begin at a multiple of this: few places, so that views of them serve again. */
const PLACE = 128;
const PLACES = BLOCK / PLACE;
/**
 * Sent in one turn of the event loop: what a write touches is then still in the processor's cache when Node says that
 * it is done, a turn later. With 200 consoles 8 to 24 cost the least, 4, 32, 64 and all more.
 */
const AT_ONCE = 16;

/** Whoever posts. */
export interface Sender {
  /**
   * Called with what was posted, in order, one piece of it or several together; the bytes are its own for the call, or
   * until it posts.
   */
  send(bytes: Buffer): void;
}

/** Used again, turn after turn: what every message makes anew is half of what has to be collected. */
interface Posted {
  /** Absent: what it posted is being sent, or was; or the block's last places were too few for what came next. */
  sender: Sender | undefined;
  /** Bytes. */
  length: number;
  places: number;
}

/**
 * Short pieces of many senders, kept until the turn of the event loop is over and then sent one after the other, some
 * each turn. A write between two reads wakes its receiver, which has done its work before the next write and sleeps
 * again: under load that is most of what a message costs in the kernel. Nothing waits for what comes later: where one
 * message came alone it leaves as soon.
 */
export class Outbox {
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  /** By the place at which each begins. */
  readonly #posted: Posted[] = Array.from({ length: PLACES }, () => ({ sender: undefined, length: 0, places: 0 }));
  /** Views of the block from each place on, by their length up to that of a place: 65,536 at most, some 7 MiB. */
  readonly #views: Buffer[][] = Array.from({ length: PLACES }, () => []);
  /** Places are taken in turn, and counted on: from the first that waits up to the next that is free. */
  #from = 0;
  #to = 0;
  /** What was posted last. */
  #last: Posted | undefined;
  #scheduled = false;

  /** Takes a copy of a piece of at most 64 KiB. */
  post(sender: Sender, piece: Uint8Array): void {
    if (!this.#append(sender, piece)) this.#put(sender, piece);
    this.#schedule();
  }

  /** Sends everything now: who has something to say past the outbox does so behind what was posted. */
  flush(): void {
    while (this.#from < this.#to) this.#sendNext();
    this.#startOver();
  }

  readonly #atEnd = (): void => {
    this.#scheduled = false;
    for (let count = 0; count < AT_ONCE && this.#from < this.#to; count++) this.#sendNext();
    if (this.#from < this.#to) this.#schedule();
    else this.#startOver();
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#atEnd);
  }

  /** At the places that were used last, which are still in the cache. */
  #startOver(): void {
    this.#from = 0;
    this.#to = 0;
  }

  #sendNext(): void {
    const at = this.#from % PLACES;
    const one = this.#posted[at] as Posted;
    const { sender } = one;
    this.#from += one.places;
    one.sender = undefined;
    sender?.send(this.#view(at, one.length));
  }

  /** Behind what the same sender posted last, where it still waits and there is room. */
  #append(sender: Sender, piece: Uint8Array): boolean {
    const last = this.#last;
    if (last?.sender !== sender) return false;
    const length = last.length + piece.length;
    const at = (this.#to - last.places) % PLACES;
    const more = placesOf(length) - last.places;
    if (at + last.places + more > PLACES || !this.#isFree(more)) return false;
    this.#block.set(piece, at * PLACE + last.length);
    last.length = length;
    last.places += more;
    this.#to += more;
    return true;
  }

  #put(sender: Sender, piece: Uint8Array): void {
    const places = placesOf(piece.length);
    const left = PLACES - (this.#to % PLACES);
    const gap = places > left ? left : 0;
    if (!this.#isFree(gap + places)) this.flush();
    else if (gap > 0) this.#take(undefined, 0, gap);
    this.#block.set(piece, (this.#to % PLACES) * PLACE);
    this.#last = this.#take(sender, piece.length, places);
  }

  #take(sender: Sender | undefined, length: number, places: number): Posted {
    const one = this.#posted[this.#to % PLACES] as Posted;
    one.sender = sender;
    one.length = length;
    one.places = places;
    this.#to += places;
    return one;
  }

  #isFree(places: number): boolean {
    return this.#to - this.#from + places <= PLACES;
  }

  #view(at: number, length: number): Buffer {
    const begin = at * PLACE;
    const views = this.#views[at];
    if (!views || length > PLACE) return this.#block.subarray(begin, begin + length);
    views[length] ??= this.#block.subarray(begin, begin + length);
    return views[length];
  }
}

function placesOf(length: number): number {
  return Math.ceil(length / PLACE);
}

/** One a process, as it has one event loop. */
export const outbox = new Outbox();
