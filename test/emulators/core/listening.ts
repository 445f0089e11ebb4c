import { once } from "node:events";
import type { Server, Socket } from "node:net";

/** Resolves with the port once the server listens. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  await once(server, "listening");
  return portOf(server);
}

/** The port that a listening TCP server has. */
export function portOf(server: Server): number {
  const bound = server.address();
  if (typeof bound !== "object" || bound === null) throw new Error("the server does not listen on a TCP port");
  return bound.port;
}

/**
 * Remembers a server's connections from now on. Node's own list leaves out those that are still in the TLS handshake or
 * have been upgraded.
 *
 * @returns what cuts them and resolves when the server has closed
 */
export function stopper(server: Server): () => Promise<void> {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  return async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
}
