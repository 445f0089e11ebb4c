interface Place<Item> {
  readonly item: Item;
  index: number;
}

/**
 * Items that come and go with every request, in no order. Not a Set: of one that is always filled and emptied V8 makes
 * a new table again and again and links the old one to it. Once one of these is in the old generation, whatever was in
 * a later one at its end outlives its request until a full collection, with all that it refers to.
 */
export class Crowd<Item> implements Iterable<Item> {
  readonly #places: Place<Item>[] = [];

  get size(): number {
    return this.#places.length;
  }

  /** Returns what takes it out again; harmless when called again. */
  add(item: Item): () => void {
    const place = { item, index: this.#places.length };
    this.#places.push(place);
    return () => this.#remove(place);
  }

  /** Those that are there now and have not left when their turn comes; the walk may stop and go on later. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (const place of [...this.#places]) if (this.#places[place.index] === place) yield place.item;
  }

  clear(): void {
    this.#places.length = 0;
  }

  #remove(place: Place<Item>): void {
    if (this.#places[place.index] !== place) return;
    const last = this.#places.pop();
    if (last === undefined || last === place) return;
    last.index = place.index;
    this.#places[place.index] = last;
  }
}
