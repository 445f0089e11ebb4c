import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect, createServer as createTlsServer } from "node:tls";
import { encodeEnvelope } from "@sallyport/shared";
import type { Certificate } from "./certificates.ts";

/** Both ends of a WebSocket as bare bytes, for tests in which every byte counts. */

/** What came over a socket so far, and a way to wait for more. */
export class Bytes {
  readonly socket: Socket;
  #data = Buffer.alloc(0);
  #ended = false;
  #change = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#data = Buffer.concat([this.#data, chunk]);
      this.#changed();
    });
    // A reset is an end like another to whoever waits for bytes.
    for (const event of ["end", "error", "close"]) {
      socket.on(event, () => {
        this.#ended = true;
        this.#changed();
      });
    }
  }

  /** Takes the next `count` bytes. Rejects where the socket ends before. */
  async take(count: number): Promise<Buffer> {
    while (this.#data.length < count) await this.#more();
    const taken = this.#data.subarray(0, count);
    this.#data = this.#data.subarray(count);
    return taken;
  }

  /** Takes everything up to and with the text. */
  async takeUntil(text: string): Promise<string> {
    for (;;) {
      const at = this.#data.indexOf(text);
      if (at >= 0) return String(await this.take(at + text.length));
      await this.#more();
    }
  }

  /** Takes all that comes until the other side's end. */
  async takeAll(): Promise<Buffer> {
    while (!this.#ended) await this.#change.promise;
    return this.take(this.#data.length);
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error(`the socket ended; left: ${this.#data.toString("latin1").slice(0, 200)}`);
    await this.#change.promise;
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

/** A frame, masked where a key is given. */
export function frame(opcode: number, payload: Uint8Array, options: { fin?: boolean; masked?: boolean } = {}): Buffer {
  const { fin = true, masked = false } = options;
  const { length } = payload;
  const code = length < 126 ? length : length < 65_536 ? 126 : 127;
  const extended = Buffer.alloc(code === 126 ? 2 : code === 127 ? 8 : 0);
  if (code === 126) extended.writeUInt16BE(length);
  if (code === 127) extended.writeBigUInt64BE(BigInt(length));
  const key = randomBytes(masked ? 4 : 0);
  const body = Buffer.from(payload);
  if (masked) for (let index = 0; index < length; index++) body[index] = (body[index] ?? 0) ^ (key[index & 3] ?? 0);
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | code]), extended, key, body]);
}

export interface ReadFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export async function readFrame(bytes: Bytes): Promise<ReadFrame> {
  const [first = 0, second = 0] = await bytes.take(2);
  const code = second & 0x7f;
  const length =
    code === 126
      ? (await bytes.take(2)).readUInt16BE()
      : code === 127
        ? Number((await bytes.take(8)).readBigUInt64BE())
        : code;
  const masked = (second & 0x80) !== 0;
  const key = masked ? await bytes.take(4) : Buffer.alloc(0);
  const payload = Buffer.from(await bytes.take(length));
  if (masked)
    for (let index = 0; index < length; index++) payload[index] = (payload[index] ?? 0) ^ (key[index & 3] ?? 0);
  return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, masked, payload };
}

/** Code and reason of a close frame. */
export function closeOf({ opcode, payload }: ReadFrame): { opcode: number; code: number; reason: string } {
  return { opcode, code: payload.readUInt16BE(), reason: payload.subarray(2).toString() };
}

export interface RawControllerOptions {
  /** The whole answer to an upgrade, instead of a correct 101. */
  readonly answer?: (accept: string) => string | Buffer;
  /** Absent: it speaks without TLS. */
  readonly certificate?: Certificate | undefined;
}

/** A controller whose WebSockets are bare sockets. */
export interface RawController extends AsyncDisposable {
  readonly port: number;
  /** The next upgraded socket. */
  next(): Promise<Bytes>;
}

export async function startRawController(options: RawControllerOptions = {}): Promise<RawController> {
  const sockets = new Set<Socket>();
  const ready: Bytes[] = [];
  const { certificate } = options;
  const take = async (socket: Socket) => {
    sockets.add(socket);
    const bytes = new Bytes(socket);
    const head = await bytes.takeUntil("\r\n\r\n").catch(() => undefined);
    if (head === undefined) return;
    const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? "";
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.write(options.answer?.(accept) ?? switching(accept));
    ready.push(bytes);
    server.emit("ready");
  };
  const server = certificate
    ? createTlsServer({ allowHalfOpen: true, cert: certificate.cert, key: certificate.key }, take)
    : createServer({ allowHalfOpen: true }, take);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async next() {
      while (ready.length === 0) await once(server, "ready");
      return ready.shift() as Bytes;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function switching(accept: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

export interface RawClientOptions {
  readonly gateway: { readonly port: number; readonly ca: string };
  readonly token: string;
  readonly port: number;
  readonly path?: string;
  /** Through something between, such as an edge that cuts. */
  readonly via?: number;
}

/** Asks the gateway for a WebSocket in our wire; `status` is what it answered. */
export async function openRawClient(
  options: RawClientOptions,
): Promise<{ status: number; head: string; bytes: Bytes }> {
  const { gateway, token, port, path = "/kvm" } = options;
  const socket = connect({
    host: "127.0.0.1",
    port: options.via ?? gateway.port,
    ca: gateway.ca,
    servername: "localhost",
  });
  socket.allowHalfOpen = true;
  const bytes = new Bytes(socket);
  const envelope = encodeEnvelope({ host: "k7.example.test", origin: "https://k7.example.test" });
  socket.write(
    [
      `GET /websocket/127.0.0.1/${port}${path}${path.includes("?") ? "&" : "?"}headers=${envelope} HTTP/1.1`,
      "Host: gw1.example.test",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
      "Sec-WebSocket-Version: 13",
      `Cookie: pm-session=${token}`,
      "X-PM-Wire: 2",
      "\r\n",
    ].join("\r\n"),
  );
  const head = await bytes.takeUntil("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, bytes };
}
