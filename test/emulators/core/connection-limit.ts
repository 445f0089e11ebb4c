import type { Server as HttpsServer } from "node:https";
import type { Server, Socket } from "node:net";

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

/**
 * Ends a connection at its second request, unread: as a server does whose patience with an idle connection runs out just
 * as the request is on its way.
 */
export function cutReused(server: HttpsServer): void {
  const used = new WeakSet<Socket>();
  server.prependListener("request", ({ socket }) => {
    if (used.has(socket)) socket.destroy();
    used.add(socket);
  });
}
