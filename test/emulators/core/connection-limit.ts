import type { Server } from "node:net";

/**
 * Resets every connection past the limit at once, as a controller does that has run out of them.
 *
 * @param onExcess called for each
 */
export function limitConnections(server: Server, limit: number, onExcess: () => void): void {
  let open = 0;
  // Before the TLS server's own listener: a reset connection gets no handshake.
  server.prependListener("connection", (socket) => {
    if (open >= limit) {
      socket.resetAndDestroy();
      onExcess();
      return;
    }
    open += 1;
    socket.on("close", () => {
      open -= 1;
    });
  });
}
