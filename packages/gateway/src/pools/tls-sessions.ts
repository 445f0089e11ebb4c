/** TLS sessions by trust key, in two generations of this many. */
const GENERATION = 2048;

/** Remembers the newest TLS session of each upstream, for resumption. */
export class TlsSessions {
  #young = new Map<string, Buffer>();
  #old = new Map<string, Buffer>();

  get(key: string): Buffer | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, session: Buffer): void {
    if (this.#young.size >= GENERATION && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, session);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
