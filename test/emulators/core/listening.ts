import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";

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

/** Cuts a server's connections and resolves when it has closed. */
export async function stop(server: Server & Pick<HttpServer, "closeAllConnections">): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
