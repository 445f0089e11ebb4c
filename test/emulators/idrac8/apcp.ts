/**
 * Packets of the console. Only the first four bytes, `APCP`, and that a one-time user and password travel inside are
 * known from captures; the rest is this emulator's own: a type (16 bits, big endian), a length (32 bits), a body.
 */
export interface ApcpPacket {
  readonly type: number;
  readonly body: Buffer;
}

export const APCP = { hello: 1, login: 2, result: 3, picture: 4, key: 5 } as const;

const MAGIC = Buffer.from("APCP");
const HEAD_BYTES = 10;
const FIELD_BYTES = 32;

export function encodeApcp(type: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  head.writeUInt16BE(type, 4);
  head.writeUInt32BE(body.length, 6);
  return Buffer.concat([head, body]);
}

/** One message as a packet; undefined for anything else. */
export function decodeApcp(message: Buffer): ApcpPacket | undefined {
  if (message.length < HEAD_BYTES || !message.subarray(0, 4).equals(MAGIC)) return undefined;
  if (message.readUInt32BE(6) !== message.length - HEAD_BYTES) return undefined;
  return { type: message.readUInt16BE(4), body: message.subarray(HEAD_BYTES) };
}

/** The body of a log-in: two fields of 32 bytes, filled up with zeros. */
export function encodeLogin(user: string, password: string): Buffer {
  const body = Buffer.alloc(2 * FIELD_BYTES);
  body.write(user, 0);
  body.write(password, FIELD_BYTES);
  return body;
}

export function decodeLogin(body: Buffer): { readonly user: string; readonly password: string } {
  const field = (at: number) => body.toString("latin1", at, at + FIELD_BYTES).replace(/\0.*$/s, "");
  return { user: field(0), password: field(FIELD_BYTES) };
}

/** The body of a key: whether it went down (a byte), and which (X11's number, 32 bits). */
export function encodeKey(down: boolean, keysym: number): Buffer {
  const body = Buffer.alloc(5);
  body.writeUInt8(down ? 1 : 0);
  body.writeUInt32BE(keysym, 1);
  return body;
}
