/** A WebSocket's messages as the stream of bytes that they are here. */
export class ByteQueue {
  #bytes = new Uint8Array(0);
  #change = Promise.withResolvers();

  constructor(socket) {
    socket.addEventListener("message", ({ data }) => {
      const joined = new Uint8Array(this.#bytes.length + data.byteLength);
      joined.set(this.#bytes);
      joined.set(new Uint8Array(data), this.#bytes.length);
      this.#bytes = joined;
      this.#change.resolve();
      this.#change = Promise.withResolvers();
    });
    socket.addEventListener("close", () => this.#change.reject(new Error("closed")));
  }

  /** The next so many bytes. Rejects where the socket closes before. */
  async take(length) {
    while (this.#bytes.length < length) await this.#change.promise;
    const taken = this.#bytes.slice(0, length);
    this.#bytes = this.#bytes.slice(length);
    return taken;
  }
}
