import { on, once } from "node:events";
import type { WebSocket } from "ws";
import { ByteReader } from "../core/byte-reader.ts";
import { rectangleOf } from "../core/picture-encoding.ts";

/** An open console: its messages one by one, or as the stream of bytes that some families take them for. */
export class ConsoleSocket {
  readonly websocket: WebSocket;
  readonly #messages: AsyncIterator<Buffer>;
  readonly bytes: ByteReader;

  private constructor(websocket: WebSocket, messages: AsyncIterator<Buffer>) {
    this.websocket = websocket;
    this.#messages = messages;
    this.bytes = new ByteReader({ [Symbol.asyncIterator]: () => messages });
  }

  /** Resolves when the WebSocket is open. @throws ws's error where the handshake is refused */
  static async over(websocket: WebSocket): Promise<ConsoleSocket> {
    // From the start: the first message may come in the same read as the handshake's answer.
    const events = on(websocket, "message", { close: ["close"] });
    await once(websocket, "open");
    return new ConsoleSocket(websocket, buffers(events));
  }

  /** The next message. @throws Error where the other side closes instead */
  async next(): Promise<Buffer> {
    const { value, done } = await this.#messages.next();
    if (done === true) throw new Error("the console closed");
    return value;
  }

  /** The next so many bytes, across messages. @throws Error where the other side closes instead */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.bytes.read(length);
    if (bytes === undefined) throw new Error("the console closed");
    return bytes;
  }

  send(...parts: readonly Uint8Array[]): void {
    this.websocket.send(Buffer.concat(parts));
  }

  /** Resolves once it has closed, whoever did it. */
  async closed(): Promise<void> {
    if (this.websocket.readyState !== this.websocket.CLOSED) await once(this.websocket, "close");
  }

  /** Closes as a page does and resolves when it has. */
  async close(): Promise<void> {
    this.websocket.close(1000);
    await this.closed();
  }
}

/** Whether a picture packet shows that a key has become a tile: they lie between these lines of the test picture. */
export function showsTile(packet: Buffer): boolean {
  const { y, height } = rectangleOf(packet);
  return y >= 300 && y < 520 && height < 400;
}

async function* buffers(events: AsyncIterable<unknown[]>): AsyncGenerator<Buffer> {
  for await (const [data] of events) yield data as Buffer;
}
