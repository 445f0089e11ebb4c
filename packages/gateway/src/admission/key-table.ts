/** What is known of one key. */
export interface KeyEntry {
  /** Seconds; {@link FOREVER}: whatever the credential's age. */
  readonly before: number;
  /** Seconds; {@link FOREVER}: never to be forgotten. */
  readonly until: number;
  /** A number below 256 of the caller's. */
  readonly kind: number;
}

export const FOREVER = 0xffff_ffff;

const KEY_WORDS = 4;
/** Key, before, until. */
const WORDS = 6;
const SMALLEST = 1024;
/** Of the slots, used at most: beyond, a look-up has to pass by too many others. */
const MOST_USED = 0.7;

/**
 * Keys of 128 random-looking bits with a little about each, in 25 bytes a slot: a million of them take some 50 MiB,
 * where a Map of texts takes four times that. Open addressing, linear probing.
 */
export class KeyTable {
  #words = new Uint32Array(SMALLEST * WORDS);
  #kinds = new Uint8Array(SMALLEST);
  #capacity = SMALLEST;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `key`: 16 bytes as base64url. */
  get(key: string): KeyEntry | undefined {
    const slot = this.#find(wordsOf(key));
    return this.#isUsed(slot) ? this.#entry(slot) : undefined;
  }

  set(key: string, entry: KeyEntry): void {
    if (this.#size >= this.#capacity * MOST_USED) this.#rebuild(this.#capacity * 2, () => true);
    this.#put(wordsOf(key), entry);
  }

  /** Forgets what was to be kept until `now` (seconds) at most. */
  prune(now: number): void {
    const keep = ({ until }: KeyEntry) => until === FOREVER || until > now;
    let left = 0;
    for (const [, entry] of this.entries()) if (keep(entry)) left++;
    if (left === this.#size) return;
    let capacity = SMALLEST;
    while (left >= capacity * MOST_USED) capacity *= 2;
    this.#rebuild(capacity, keep);
  }

  *entries(): IterableIterator<[key: string, KeyEntry]> {
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (this.#isUsed(slot)) yield [keyOf(this.#keyWords(slot)), this.#entry(slot)];
    }
  }

  #rebuild(capacity: number, keep: (entry: KeyEntry) => boolean): void {
    const [words, kinds] = [this.#words, this.#kinds];
    this.#words = new Uint32Array(capacity * WORDS);
    this.#kinds = new Uint8Array(capacity);
    this.#capacity = capacity;
    this.#size = 0;
    for (let slot = 0; slot < kinds.length; slot++) {
      const [before = 0, until = 0] = words.subarray(slot * WORDS + KEY_WORDS, (slot + 1) * WORDS);
      const entry = { before, until, kind: (kinds[slot] ?? 0) - 1 };
      if (entry.kind >= 0 && keep(entry)) this.#put(words.subarray(slot * WORDS, slot * WORDS + KEY_WORDS), entry);
    }
  }

  #put(key: Uint32Array, { before, until, kind }: KeyEntry): void {
    const slot = this.#find(key);
    if (!this.#isUsed(slot)) this.#size++;
    this.#words.set(key, slot * WORDS);
    this.#words[slot * WORDS + KEY_WORDS] = before;
    this.#words[slot * WORDS + KEY_WORDS + 1] = until;
    this.#kinds[slot] = kind + 1;
  }

  /** The key's slot, or the free one where it would be. */
  #find(key: Uint32Array): number {
    let slot = (key[0] ?? 0) & (this.#capacity - 1);
    while (this.#isUsed(slot) && !this.#holds(slot, key)) slot = (slot + 1) & (this.#capacity - 1);
    return slot;
  }

  #isUsed(slot: number): boolean {
    return this.#kinds[slot] !== 0;
  }

  #holds(slot: number, key: Uint32Array): boolean {
    for (let word = 0; word < KEY_WORDS; word++) if (this.#words[slot * WORDS + word] !== key[word]) return false;
    return true;
  }

  #keyWords(slot: number): Uint32Array {
    return this.#words.subarray(slot * WORDS, slot * WORDS + KEY_WORDS);
  }

  #entry(slot: number): KeyEntry {
    const [before = 0, until = 0] = this.#words.subarray(slot * WORDS + KEY_WORDS, (slot + 1) * WORDS);
    return { before, until, kind: (this.#kinds[slot] ?? 0) - 1 };
  }
}

function wordsOf(key: string): Uint32Array {
  const bytes = new Uint8Array(KEY_WORDS * 4);
  bytes.set(Buffer.from(key, "base64url").subarray(0, bytes.length));
  return new Uint32Array(bytes.buffer);
}

function keyOf(words: Uint32Array): string {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString("base64url");
}
