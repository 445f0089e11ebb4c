import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { Certificate } from "../../test/support/certificates.ts";

/** Bytes of an answer. */
export const ANSWER = 1024;

export interface StandIn extends AsyncDisposable {
  readonly port: number;
}

/** What stands in the gateway's place: 1 KiB for every request, and an echo for every WebSocket. */
export async function startStandIn({ cert, key }: Certificate): Promise<StandIn> {
  const body = Buffer.alloc(ANSWER, "x");
  const server = createServer({ cert, key, keepAliveTimeout: 60_000 }, (_, response) => {
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": ANSWER }).end(body);
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
