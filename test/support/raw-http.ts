import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";

/** Both ends of HTTP/1.1 as bare bytes, for messages that no client or server library would send. Text is Latin-1. */

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Everything that was received, connection by connection. */
  readonly received: readonly string[];
  /** Connections that stand. */
  readonly open: number;
  /** What the next request heads are answered with; undefined: nothing, ever. */
  answer: (head: string, socket: Socket) => string | undefined;
  /** Requests are answered once their bodies are whole. Default: once their heads are. */
  patient: boolean;
  /** Settles once `matches` holds for what was received, joined. */
  until(matches: (received: string) => boolean): Promise<string>;
  /** Settles when no connection stands any more. */
  idle(): Promise<void>;
}

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A server without TLS on a free loopback port that answers each request head with bytes as they are. */
export async function startRawServer(answer: RawServer["answer"] = () => OK): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  let change = Promise.withResolvers<void>();
  const changed = () => {
    change.resolve();
    change = Promise.withResolvers();
  };
  const raw: RawServer = {
    port: 0,
    received,
    answer,
    patient: false,
    get open() {
      return sockets.size;
    },
    async until(matches) {
      while (!matches(received.join(""))) await change.promise;
      return received.join("");
    },
    async idle() {
      while (sockets.size > 0) await change.promise;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((socket) => {
    const index = received.push("") - 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      changed();
    });
    let head = "";
    socket.on("data", (chunk) => {
      received[index] += chunk.toString("latin1");
      // Megabytes of a body are not looked through again with every piece.
      const from = raw.patient ? 0 : Math.max(0, head.length - 3);
      head += chunk.toString("latin1");
      if (head.includes("\r\n\r\n", from) && (!raw.patient || isWhole(head))) {
        const text = raw.answer(head, socket);
        head = "";
        if (text !== undefined) socket.write(text, "latin1");
      }
      changed();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(raw, { port: (server.address() as AddressInfo).port });
}

/** Whether a request as the gateway writes it has all of its body. */
function isWhole(request: string): boolean {
  const body = request.slice(request.indexOf("\r\n\r\n") + 4);
  if (/^transfer-encoding: chunked\r$/im.test(request)) return /(?:^|\r\n)0\r\n\r\n$/.test(body);
  return body.length >= Number(/^content-length: ([0-9]+)\r$/im.exec(request)?.[1] ?? 0);
}

export interface RawCall {
  readonly port: number;
  readonly ca: string;
}

/** A TLS connection to a gateway. */
export async function openRaw({ port, ca }: RawCall): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost", ALPNProtocols: ["http/1.1"] });
  await once(socket, "secureConnect");
  // A reset is an end like another: what came before it counts.
  socket.on("error", () => socket.destroy());
  return socket;
}

/** Settles when a socket is gone, by an end or a reset. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Sends bytes on a connection of its own and returns all that came until the other side closed. */
export async function sendRaw(call: RawCall, ...texts: readonly string[]): Promise<string> {
  const socket = await openRaw(call);
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  const gone = closed(socket);
  for (const text of texts) if (!socket.destroyed) socket.write(text, "latin1");
  await gone;
  return answer;
}

/** The statuses of the answers in a connection's bytes, in their order. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 ([0-9]{3})/gm)].map((match) => Number(match[1]));
}
