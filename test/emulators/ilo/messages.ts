/** The console's messages that are known: the controller asks for the log-in, and says that it has gone well. */
export const CMD_AUTHENTICATE = 80;
export const CMD_AUTHENTICATED = 82;

/** After these, the emulator's own: a picture packet to the viewer, a key from it (down, X11's number in 32 bits). */
export const PICTURE = 1;
export const KEY = 2;

const HELLO_BYTES = 34;
const KEY_BYTES = 6;

/** The answer to CMD_AUTHENTICATE: 34 bytes with the session key behind the first two, whose meaning is not known. */
export function encodeHello(sessionKey: string): Buffer {
  const hello = Buffer.alloc(HELLO_BYTES);
  hello.write(sessionKey, 2);
  return hello;
}

/** The session key, or undefined where this is no hello. */
export function decodeHello(message: Buffer): string | undefined {
  return message.length === HELLO_BYTES ? message.toString("latin1", 2) : undefined;
}

export function encodeKey(down: boolean, keysym: number): Buffer {
  const message = Buffer.alloc(KEY_BYTES);
  message.set([KEY, down ? 1 : 0]);
  message.writeUInt32BE(keysym, 2);
  return message;
}

/** X11's number of a key that goes down, 0 for one that goes up; undefined where this is no key. */
export function decodeKey(message: Buffer): number | undefined {
  if (message.length !== KEY_BYTES || message[0] !== KEY) return undefined;
  return message[1] === 1 ? message.readUInt32BE(2) : 0;
}
