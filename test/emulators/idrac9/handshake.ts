import type { WebSocket } from "ws";
import type { Clock } from "../core/clock.ts";

/** What the controller sends first over console and media sockets. */
export const GREETING = Buffer.from([0xf7, 0xb3]);
/** The controller waits so long for an answer to it. */
export const SILENCE_MS = 7000;

const KEY_BYTES = 24;

/** The console's answer, 34 bytes: 247, 179, the second key's digits, eight zeros. */
export function consoleAnswer(second: string): Buffer {
  return Buffer.concat([GREETING, Buffer.from(second), Buffer.alloc(8)]);
}

/** The media's answer is 48 bytes long; that it is both keys' digits in turn is this emulator's own reading. */
export function mediaAnswer(keys: { readonly first: string; readonly second: string }): Buffer {
  const bytes = Buffer.alloc(2 * KEY_BYTES);
  bytes.write(keys.first, 0);
  bytes.write(keys.second, KEY_BYTES);
  return bytes;
}

export interface KeyExchange {
  readonly websocket: WebSocket;
  readonly clock: Clock;
  readonly expected: Buffer;
  readonly reject: (reason: string) => void;
  /** Called when the right answer has come. */
  readonly done: () => void;
}

/** Greets and waits for the answer; a wrong one, and none within seven seconds, closes. */
export function exchangeKeys({ websocket, clock, expected, reject, done }: KeyExchange): void {
  const refuse = (reason: string) => {
    reject(reason);
    websocket.close(1000);
  };
  const stop = clock.after(SILENCE_MS, () => refuse("handshake-timeout"));
  websocket.once("close", stop);
  websocket.once("message", (message: Buffer) => {
    stop();
    if (message.equals(expected)) done();
    else refuse("handshake-key");
  });
  websocket.send(GREETING);
}
