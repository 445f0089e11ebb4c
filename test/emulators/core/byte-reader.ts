/** Reads a byte stream in pieces of known length, for protocols that announce what comes. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** @returns exactly `length` bytes, or undefined when the stream ends before them */
  async read(length: number): Promise<Buffer | undefined> {
    while (this.#buffered.length < length) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#buffered = Buffer.concat([this.#buffered, next.value]);
    }
    const bytes = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return bytes;
  }
}
