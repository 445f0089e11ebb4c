import { randomBytes } from "node:crypto";
import { closeCode, closeText, type EndReason } from "@sallyport/shared";
import { Opcode } from "./frames.ts";

/** The frames that the gateway itself writes. Payloads are at most 125 bytes (RFC 6455, 5.5). */

/** A close frame with the ending's code and text; masked towards the controller, whose client we are. */
export function closeFrame(reason: EndReason, masked: boolean): Buffer {
  const text = Buffer.from(closeText(reason), "latin1");
  const payload = Buffer.allocUnsafe(2 + text.length);
  payload.writeUInt16BE(closeCode(reason), 0);
  text.copy(payload, 2);
  return frame(Opcode.close, payload, masked);
}

/** A ping towards the browser, by whose payload its pong is known. */
export function pingFrame(mark: Buffer): Buffer {
  return frame(Opcode.ping, mark, false);
}

/** A whole binary message towards the controller. */
export function dataFrame(payload: Uint8Array): Buffer {
  return frame(Opcode.binary, Buffer.from(payload), true);
}

/** A payload that no controller's own ping will carry by chance. */
export function keepAliveMark(): Buffer {
  return Buffer.concat([Buffer.from("spka", "latin1"), randomBytes(4)]);
}

function frame(opcode: number, payload: Buffer, masked: boolean): Buffer {
  const head = Buffer.from([0x80 | opcode, (masked ? 0x80 : 0) | payload.length]);
  if (!masked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, unmask(payload, key)]);
}

/** Applies a masking key (RFC 6455, 5.3), into a new buffer. */
export function unmask(payload: Uint8Array, key: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(payload.length);
  for (let index = 0; index < payload.length; index++) {
    result[index] = (payload[index] as number) ^ (key[index & 3] as number);
  }
  return result;
}
