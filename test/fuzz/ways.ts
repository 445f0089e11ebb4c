/** Bits of the map: many more than a run finds ways, so that hardly two of them share one. */
const BITS = 2 ** 25;

/** Which ways through a reader were seen, in memory that does not grow with them. */
export class Ways {
  readonly #map = new Uint8Array(BITS / 8);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Notes a way. Whether it is new. */
  add(way: string): boolean {
    const bit = hash(way) % BITS;
    const [at, mask] = [bit >>> 3, 1 << (bit & 7)];
    const seen = this.#map[at] ?? 0;
    if ((seen & mask) !== 0) return false;
    this.#map[at] = seen | mask;
    this.#count += 1;
    return true;
  }
}

/** FNV-1a, 32 bits, with the last step of murmur3 so that the low bits have their share of all. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
