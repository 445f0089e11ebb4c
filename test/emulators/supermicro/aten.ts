import type { Rectangle } from "../core/canvas.ts";
import { rectangleOf } from "../core/picture-encoding.ts";

/** The console speaks RFB with a version of its own, one security type and one encoding of its own. */
export const VERSION = "RFB 055.008\n";
export const SECURITY = 16;
/** The log-in: the page's one-time token, and as many zeros. */
export const TOKEN_BYTES = 24;
export const LOGIN_BYTES = 2 * TOKEN_BYTES;

/** Messages of the viewer: RFB's, and a sign of life. */
export const MESSAGE = { updateRequest: 3, key: 4, keepAlive: 0x15 } as const;
/** How long each of them is, its type included. Bytes. */
export const MESSAGE_BYTES: Readonly<Record<number, number>> = {
  [MESSAGE.updateRequest]: 10,
  [MESSAGE.key]: 8,
  [MESSAGE.keepAlive]: 1,
};

/** The number of the encoding that the graphics chip has made; what stands in it is this emulator's own. */
const ENCODING = 0x57;
const UPDATE_HEAD_BYTES = 20;

/** The screen's size and name as RFB's ServerInit (RFC 6143, 7.3.2). */
export function encodeInit({ width, height }: Pick<Rectangle, "width" | "height">): Buffer {
  const name = "ATEN iKVM";
  const init = Buffer.alloc(24 + name.length);
  init.writeUInt16BE(width, 0);
  init.writeUInt16BE(height, 2);
  init.writeUInt32BE(name.length, 20);
  init.write(name, 24);
  return init;
}

/** An update of one rectangle, its packet behind a length. */
export function encodeUpdate(packet: Buffer): Buffer {
  const head = Buffer.alloc(UPDATE_HEAD_BYTES);
  head.writeUInt16BE(1, 2);
  const { x, y, width, height } = rectangleOf(packet);
  for (const [index, value] of [x, y, width, height].entries()) head.writeUInt16BE(value, 4 + index * 2);
  head.writeUInt32BE(ENCODING, 12);
  head.writeUInt32BE(packet.length, 16);
  return Buffer.concat([head, packet]);
}

/** How long the packet behind an update's head is, and how long that head. */
export const UPDATE = { headBytes: UPDATE_HEAD_BYTES, packetBytes: (head: Buffer) => head.readUInt32BE(16) } as const;

export function encodeKey(down: boolean, keysym: number): Buffer {
  const message = Buffer.alloc(8);
  message.set([MESSAGE.key, down ? 1 : 0]);
  message.writeUInt32BE(keysym, 4);
  return message;
}

export function encodeLogin(token: string): Buffer {
  const login = Buffer.alloc(LOGIN_BYTES);
  login.write(token);
  return login;
}
