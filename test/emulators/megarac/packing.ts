import type { WebSocket } from "ws";

/**
 * How packets become messages, since a WebSocket is a stream of bytes here: one each, in pieces over several messages, or
 * video packets two at a time.
 */
export type Packing = "each" | "split" | "joined";

/** Where a packet is cut: within its head, and once more. */
const CUTS = [3, 11];
/** Shorter ones are not video, and nobody must wait for them. */
const JOINED_FROM = 64;

/** @returns what sends a packet over the WebSocket */
export function packer(websocket: WebSocket, packing: Packing): (packet: Buffer) => void {
  switch (packing) {
    case "each":
      return (packet) => websocket.send(packet);
    case "split":
      return (packet) => {
        const ends = [...CUTS.filter((cut) => cut < packet.length), packet.length];
        for (const [index, end] of ends.entries()) websocket.send(packet.subarray(ends[index - 1] ?? 0, end));
      };
    case "joined":
      return joiner(websocket);
  }
}

function joiner(websocket: WebSocket): (packet: Buffer) => void {
  let held: Buffer | undefined;
  return (packet) => {
    if (held === undefined && packet.length >= JOINED_FROM) {
      held = packet;
      return;
    }
    websocket.send(held === undefined ? packet : Buffer.concat([held, packet]));
    held = undefined;
  };
}
