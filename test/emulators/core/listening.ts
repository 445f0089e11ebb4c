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
 * A server's connections from now on, as they come and go. Node's own list leaves out those that are still in the TLS
 * handshake or have been upgraded.
 */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  return open;
}

/**
 * Remembers a server's connections from now on.
 *
 * @returns what cuts them and resolves when the server has closed
 */
export function stopper(server: Server): () => Promise<void> {
  const open = connectionsOf(server);
  return async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
}
