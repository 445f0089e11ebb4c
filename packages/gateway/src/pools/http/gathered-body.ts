/**
 * A body that is kept as a whole, copied as it comes. A controller may send it a byte at a time, and a buffer for each
 * piece would take two hundred times as much as they hold.
 */
export class GatheredBody {
  #place: Buffer = Buffer.alloc(0);
  #length = 0;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** What has come so far; what is added later is not in it. */
  get bytes(): Buffer {
    return this.#place.subarray(0, this.#length);
  }

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#place.length) this.#grow(length);
    this.#place.set(piece, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#place.length));
    larger.set(this.bytes);
    this.#place = larger;
  }
}
