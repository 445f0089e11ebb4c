import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { makeAuthority } from "./certificates.ts";

/** One request as the gateway's place received it. */
export interface Received {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly url: string;
  /** Names and values in turn, in the order and case of the wire. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface OriginOptions {
  /** Answers an HTTP request; default: 200 and `ok`. */
  readonly answer?: (request: Received, response: ServerResponse) => void;
  /** Takes an upgrade over, or leaves it to `socket`. */
  readonly upgrade?: (message: IncomingMessage, socket: Duplex) => boolean;
  /** Has an open WebSocket; default: echo. */
  readonly socket?: (socket: WebSocket, message: IncomingMessage) => void;
  /** Which sub-protocol to choose of those offered; default: the first. */
  readonly protocol?: (offered: Set<string>) => string | false;
}

/** A TLS server in the gateway's place that keeps what it receives. */
export interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  readonly received: readonly Received[];
  /** The newest request. */
  last(): Received;
}

export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const { cert, key, ca } = await (await makeAuthority()).issue();
  const received: Received[] = [];
  const server = createServer({ cert, key, maxHeaderSize: 65_536 });
  server.on("request", async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const request = describe(message, Buffer.concat(chunks));
    received.push(request);
    if (options.answer) options.answer(request, response);
    else response.end("ok");
  });
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: options.protocol ?? (([first]: Set<string>) => first ?? false),
  });
  server.on("upgrade", (message, socket, head) => {
    received.push(describe(message, Buffer.alloc(0)));
    if (options.upgrade?.(message, socket)) return;
    sockets.handleUpgrade(message, socket, head, (opened) => {
      if (options.socket) options.socket(opened, message);
      else opened.on("message", (data, binary) => opened.send(data, { binary }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    received,
    last: () => {
      const request = received.at(-1);
      if (!request) throw new Error("nothing was received");
      return request;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of sockets.clients) client.terminate();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function describe({ method = "", url = "", rawHeaders, headers }: IncomingMessage, body: Buffer): Received {
  return { method, url, rawHeaders, headers, body };
}
