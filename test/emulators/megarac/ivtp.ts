/** One packet of the console's protocol: command, length and status little endian, 8 bytes before the body. */
export interface IvtpPacket {
  readonly command: number;
  readonly status: number;
  readonly body: Buffer;
}

/** The commands that are known. */
export const IVTP = {
  /** Key or mouse; what stands in it is this emulator's own. */
  input: 0x01,
  resumeVideo: 0x06,
  validate: 0x12,
  validated: 0x13,
  connectionAllowed: 0x17,
  video: 0x19,
  keepAlive: 0x39,
  begin: 0x3a,
} as const;

const HEAD_BYTES = 8;
/** The fields of `validate` behind a zero byte, each filled up with zeros. Newer firmware adds the server's address. */
const FIELDS = { token: 129, clientIp: 65, username: 129, mac: 49 } as const;
const SERVER_IP_BYTES = 65;

export function encodeIvtp(command: number, status = 0, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16LE(command, 0);
  head.writeUInt32LE(body.length, 2);
  head.writeUInt16LE(status, 6);
  return Buffer.concat([head, body]);
}

/** Packets out of a stream of bytes: a message may hold several, and a packet may span messages. */
export class IvtpReader {
  #rest = Buffer.alloc(0);

  /** @returns the packets that are complete with these bytes */
  push(bytes: Buffer): IvtpPacket[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const packets: IvtpPacket[] = [];
    for (let end = this.#end(); end !== undefined && end <= this.#rest.length; end = this.#end()) {
      const body = this.#rest.subarray(HEAD_BYTES, end);
      packets.push({ command: this.#rest.readUInt16LE(0), status: this.#rest.readUInt16LE(6), body });
      this.#rest = this.#rest.subarray(end);
    }
    return packets;
  }

  #end(): number | undefined {
    return this.#rest.length < HEAD_BYTES ? undefined : HEAD_BYTES + this.#rest.readUInt32LE(2);
  }
}

export interface Validation {
  readonly token: string;
  readonly clientIp: string;
  readonly username: string;
  readonly mac: string;
}

/** The body of `validate`: 373 bytes, or 438 with the server's address. */
export function encodeValidation(values: Validation, serverIp?: string): Buffer {
  const fields = Object.entries(FIELDS).map(([name, bytes]) => padded(values[name as keyof Validation], bytes));
  const last = serverIp === undefined ? [] : [padded(serverIp, SERVER_IP_BYTES)];
  return Buffer.concat([Buffer.alloc(1), ...fields, ...last]);
}

/** The fields, or undefined for a body of another length. */
export function decodeValidation(body: Buffer): Validation | undefined {
  const short = 1 + Object.values(FIELDS).reduce((sum, bytes) => sum + bytes, 0);
  if (body.length !== short && body.length !== short + SERVER_IP_BYTES) return undefined;
  const values = { token: "", clientIp: "", username: "", mac: "" };
  let at = 1;
  for (const [name, bytes] of Object.entries(FIELDS)) {
    values[name as keyof Validation] = body.toString("latin1", at, at + bytes).replace(/\0.*$/s, "");
    at += bytes;
  }
  return values;
}

export function encodeKey(down: boolean, keysym: number): Buffer {
  const body = Buffer.alloc(5);
  body.writeUInt8(down ? 1 : 0);
  body.writeUInt32LE(keysym, 1);
  return encodeIvtp(IVTP.input, 0, body);
}

function padded(value: string, bytes: number): Buffer {
  const field = Buffer.alloc(bytes);
  field.write(value);
  return field;
}
