import type { Socket } from "node:net";
import { ByteReader } from "./byte-reader.ts";
import { type Rectangle, union } from "./canvas.ts";
import { decodePixelFormat, encodePixelFormat, encodeUpdate, NATURAL_FORMAT } from "./rfb-format.ts";
import type { RfbPicture } from "./rfb-picture.ts";

const NAME = "Test picture";

/** Message types of a client (RFC 6143, 7.5). */
const SET_PIXEL_FORMAT = 0;
const SET_ENCODINGS = 2;
const UPDATE_REQUEST = 3;
const KEY_EVENT = 4;
const POINTER_EVENT = 5;
const CUT_TEXT = 6;

/** One client of the VNC server. */
export class RfbViewer {
  readonly #socket: Socket;
  readonly #reader: ByteReader;
  readonly #picture: RfbPicture;
  readonly #announce: (area: Rectangle) => void;
  #format = NATURAL_FORMAT;
  /** What the client has not seen yet. */
  #stale: Rectangle | undefined;
  #asked = false;

  constructor(socket: Socket, picture: RfbPicture, announce: (area: Rectangle) => void) {
    this.#socket = socket;
    this.#reader = new ByteReader(socket);
    this.#picture = picture;
    this.#announce = announce;
  }

  /** Notes what the client must be shown; sent as soon as the client asks. */
  changed(area: Rectangle): void {
    this.#stale = this.#stale === undefined ? area : union(this.#stale, area);
    this.#update();
  }

  /** Resolves when the client has gone. */
  async run(): Promise<void> {
    if (!(await this.#shakeHands())) return;
    for (;;) {
      const type = await this.#reader.read(1);
      if (type === undefined || !(await this.#handle(type[0] ?? 0))) break;
    }
    this.#socket.end();
  }

  async #shakeHands(): Promise<boolean> {
    this.#socket.write("RFB 003.008\n");
    if ((await this.#reader.read(12)) === undefined) return false;
    this.#socket.write(Buffer.from([1, 1])); // One security type on offer: none.
    if ((await this.#reader.read(1)) === undefined) return false;
    this.#socket.write(Buffer.alloc(4)); // SecurityResult: OK.
    if ((await this.#reader.read(1)) === undefined) return false;
    const { canvas } = this.#picture;
    const size = Buffer.alloc(4);
    size.writeUInt16BE(canvas.width, 0);
    size.writeUInt16BE(canvas.height, 2);
    const nameLength = Buffer.alloc(4);
    nameLength.writeUInt32BE(NAME.length);
    this.#socket.write(Buffer.concat([size, encodePixelFormat(this.#format), nameLength, Buffer.from(NAME)]));
    return true;
  }

  /** @returns false where the stream ended within the message, or cannot be followed any further */
  async #handle(type: number): Promise<boolean> {
    switch (type) {
      case SET_PIXEL_FORMAT:
        return this.#take(19, (body) => {
          this.#format = decodePixelFormat(body.subarray(3)) ?? this.#format;
        });
      case SET_ENCODINGS:
        return this.#skipCounted({ head: 3, at: 1, width: 2, each: 4 });
      case UPDATE_REQUEST:
        return this.#take(9, (body) => this.#request(body[0] !== 0));
      case KEY_EVENT:
        return this.#take(7, (body) => this.#key(body[0] !== 0, body.readUInt32BE(3)));
      case POINTER_EVENT:
        return this.#take(5, () => {});
      case CUT_TEXT:
        return this.#skipCounted({ head: 7, at: 3, width: 4, each: 1 });
      default:
        return false;
    }
  }

  async #take(length: number, use: (body: Buffer) => void): Promise<boolean> {
    const body = await this.#reader.read(length);
    if (body !== undefined) use(body);
    return body !== undefined;
  }

  async #skipCounted(form: { head: number; at: number; width: number; each: number }): Promise<boolean> {
    const head = await this.#reader.read(form.head);
    if (head === undefined) return false;
    const count = head.readUIntBE(form.at, form.width);
    return (await this.#reader.read(count * form.each)) !== undefined;
  }

  #request(incremental: boolean): void {
    const { width, height } = this.#picture.canvas;
    if (!incremental) this.#stale = { x: 0, y: 0, width, height };
    this.#asked = true;
    this.#update();
  }

  #key(down: boolean, keysym: number): void {
    const area = down ? this.#picture.press(keysym) : undefined;
    if (area !== undefined) this.#announce(area);
  }

  #update(): void {
    if (!this.#asked || this.#stale === undefined) return;
    this.#socket.write(encodeUpdate(this.#picture.canvas, this.#stale, this.#format));
    this.#asked = false;
    this.#stale = undefined;
  }
}
