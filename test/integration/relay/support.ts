import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { connect } from "node:tls";
import { makeCertificate } from "../../support/certificates.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { type Called, type CallOptions, call } from "../../support/http-client.ts";
import { Bytes } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

/** Controllers and clients for the tests of the relay, all on loopback and without TLS towards the controller. */

export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Connections that it has taken so far. */
  readonly taken: number;
}

/** What is done with a connection once its first bytes are there. */
export type Act = (socket: Socket, first: Buffer) => void;

/** A controller that answers a connection's first bytes with these and ends, or does something else. */
export async function startRawController(act: string | Buffer | Act): Promise<Listening> {
  return listening(
    createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (first: Buffer) => (typeof act === "function" ? act(socket, first) : socket.end(act)));
    }),
  );
}

/** A controller of Node's own HTTP server. */
export function startHttpController(
  answer: (message: IncomingMessage, response: ServerResponse) => void,
): Promise<Listening> {
  return listening(createHttpServer(answer));
}

/** The same over TLS, with a certificate that nobody knows, as controllers have. */
export async function startHttpsController(
  answer: (message: IncomingMessage, response: ServerResponse) => void,
): Promise<Listening> {
  return listening(createHttpsServer(await makeCertificate(), answer));
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let taken = 0;
  server.on("connection", (socket: Socket) => {
    taken += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get taken() {
      return taken;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface AskOptions extends Pick<CallOptions, "method" | "body"> {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresIn?: number;
}

/** What lets a request in at the gateway and on to the controller at that port. */
export async function credentials(port: number, expiresIn = 600): Promise<Record<string, string>> {
  const token = await mintToken({ port, scheme: "http" }, { expiresIn });
  return { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
}

/** One request through the gateway to the controller at that port. */
export async function ask(gateway: TestGateway, port: number, options: AskOptions = {}): Promise<Called> {
  const { path = "/", headers = {}, expiresIn, ...rest } = options;
  return call(`https://127.0.0.1:${gateway.port}`, path, {
    ...rest,
    ca: gateway.ca,
    headers: { ...(await credentials(port, expiresIn)), ...headers },
  });
}

/** A connection to the gateway as bare bytes. */
export function openConnection(gateway: Pick<TestGateway, "port" | "ca">): Bytes {
  return new Bytes(connect({ host: "127.0.0.1", port: gateway.port, ca: gateway.ca, servername: "localhost" }));
}

/** The head of a request, ready to be written. */
export function head(line: string, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries({ Host: "gw1.example.test", ...headers }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${[`${line} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`, "latin1");
}
