/** The console's messages, all of them this emulator's own: the key is taken, a picture packet, a key of the viewer. */
export const ACCEPTED = 0;
export const PICTURE = 1;
export const KEY = 2;

const KEY_BYTES = 6;

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
