import type { Socket } from "node:net";

/**
 * Breaks a connection off so that its peer cannot take the cut for an end (TCP RST). `speaker`: whose words it carries,
 * where that is a TLS socket that stands on it. Where the speaker's end is just on its way to the kernel, all that came
 * before it is there, and the connection is closed plainly: Node can then neither reset nor close it any more (EINVAL).
 */
export function breakOff(socket: Socket, speaker = socket): void {
  if (socket.destroyed) return;
  const isEnding = speaker.writableEnded && !speaker.writableFinished && speaker.writableLength === 0;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
