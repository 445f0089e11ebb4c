import type { ConsoleSocket } from "./console-socket.ts";
import { must } from "./steps.ts";

/** RFB 3.8 without authentication as a client, as far as it takes to press a key (RFC 6143). */
export async function shakeRfbHands(socket: ConsoleSocket): Promise<void> {
  const version = await socket.take(12);
  must(version.toString("latin1") === "RFB 003.008\n", `not RFB: ${version.toString("latin1")}`);
  socket.send(version);
  const [count = 0] = await socket.take(1);
  must((await socket.take(count)).includes(1), "the console wants an authentication");
  socket.send(Buffer.from([1]));
  must((await socket.take(4)).readUInt32BE() === 0, "the console refused RFB's security");
  socket.send(Buffer.from([1]));
  const init = await socket.take(24);
  await socket.take(init.readUInt32BE(20));
}

/** Presses and releases a key, asks for the screen and resolves when some of it has come. */
export async function pressRfbKey(socket: ConsoleSocket, keysym: number): Promise<void> {
  for (const down of [1, 0]) {
    const key = Buffer.alloc(8);
    key.writeUInt8(4);
    key.writeUInt8(down, 1);
    key.writeUInt32BE(keysym, 4);
    socket.send(key);
  }
  // The first 64 × 48 pixels, changed or not.
  socket.send(Buffer.from([3, 0, 0, 0, 0, 0, 0, 64, 0, 48]));
  const update = await socket.take(4);
  must(update[0] === 0 && update.readUInt16BE(2) > 0, "the console sent no picture");
}
