import type { Socket } from "node:net";
import process from "node:process";
import { attackers } from "./attackers.ts";
import type { Orders } from "./horde.ts";

/** Handshakes at once: a thousand customers do not come in one millisecond either, and it is not them who are measured. */
const AT_ONCE = 10;

const sockets: Socket[] = [];

process.on("message", (message: Orders | { readonly held: true }) => {
  if ("held" in message) process.send?.(sockets.filter(({ destroyed }) => !destroyed).length);
  else void attack(message).then(() => process.send?.("standing"));
});
process.on("disconnect", () => process.exit());

async function attack({ kind, count, prey }: Orders): Promise<void> {
  const attacker = attackers.find((one) => one.kind === kind);
  if (!attacker) throw new Error(`no such attacker: ${kind}`);
  while (sockets.length < count) {
    const group = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => attacker.start(prey));
    sockets.push(...group);
    await Promise.all(group.map(stands));
  }
}

/** Connected, and shaken hands where that is meant to be; or turned away already. */
function stands(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => socket.destroy());
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => resolve());
    socket.once("close", () => resolve());
  });
}
