import { once } from "node:events";
import { type AddressInfo, connect, createServer, type OnReadOpts, type Socket } from "node:net";
import type { UpstreamFault } from "../../../src/pools/fault.ts";
import { HttpClient } from "../../../src/pools/http/client.ts";
import type { AnswerHandler, HttpExchange } from "../../../src/pools/http/exchange.ts";
import type { HttpRequest } from "../../../src/pools/http/request-head.ts";

/** A controller's side of one connection. */
export interface Peer {
  readonly socket: Socket;
  /** What has come. */
  readonly text: string;
  /** Waits until this has come. */
  heard(text: string): Promise<void>;
}

export interface Stand extends AsyncDisposable {
  readonly client: HttpClient;
  /** How often was dialled. */
  readonly dials: number;
  /** The next connection that is opened. */
  peer(): Promise<Peer>;
  /** The same, once the head of a request has come on it. */
  asked(): Promise<Peer>;
  /** Fails dials from now on. */
  refuse(fault: UpstreamFault | undefined): void;
}

export interface StandOptions {
  readonly connections?: number;
  readonly answerTimeout?: number;
  readonly keep?: boolean;
  /** A connection is handed over only once the controller has said something. */
  readonly afterGreeting?: boolean;
  /** Several answers that come at once are read one after the other, as TLS reads its records. */
  readonly eachForItself?: boolean;
}

const HOUR = 3_600_000;

/** A client and the controller that it speaks with. */
export async function startStand({
  connections = 2,
  answerTimeout = HOUR,
  keep = true,
  afterGreeting = false,
  eachForItself = false,
}: StandOptions = {}): Promise<Stand> {
  const peers: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    const next = waiting.shift();
    if (next) next(socket);
    else peers.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let dials = 0;
  let fault: UpstreamFault | undefined;
  const client = new HttpClient({
    ...{ connections, answerTimeout, keep, idleTimeout: HOUR },
    async connect(onread) {
      dials += 1;
      if (fault) throw fault;
      const greeted = Promise.withResolvers<void>();
      const callback: OnReadOpts["callback"] = (length, buffer) => {
        greeted.resolve();
        const second = eachForItself ? Buffer.from(buffer.subarray(0, length)).indexOf("HTTP/1.1", 1) : -1;
        if (second < 0) return onread.callback(length, buffer);
        const rest = Uint8Array.from(buffer.subarray(second, length));
        onread.callback(second, buffer);
        buffer.set(rest);
        return onread.callback(rest.length, buffer);
      };
      const socket = connect({ port, host: "127.0.0.1", onread: { ...onread, callback } });
      await once(socket, "connect");
      if (afterGreeting) await greeted.promise;
      return socket;
    },
  });
  const nextPeer = async () => watch(peers.shift() ?? (await new Promise<Socket>((resolve) => waiting.push(resolve))));
  return {
    client,
    get dials() {
      return dials;
    },
    peer: nextPeer,
    async asked() {
      const peer = await nextPeer();
      await peer.heard("\r\n\r\n");
      return peer;
    },
    refuse(next) {
      fault = next;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      server.close();
      await once(server, "close");
    },
  };
}

function watch(socket: Socket): Peer {
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    socket.emit("heard");
  });
  return {
    socket,
    get text() {
      return heard;
    },
    async heard(text) {
      while (!heard.includes(text)) await once(socket, "heard");
    },
  };
}

/** One request as it goes, and how it ended. */
export interface Asked {
  readonly exchange: HttpExchange;
  /** When some of its answer's body has come. */
  readonly begun: Promise<void>;
  /** `200 body`, or the reason of a fault and ` repeatable` where it was. */
  readonly outcome: Promise<string>;
}

const PATIENCE = HOUR;

/** `takes`: more than the first piece of the answer is taken without being asked. */
export function ask(
  client: HttpClient,
  parts: Partial<HttpRequest> = {},
  { patience = PATIENCE, takes = true } = {},
): Asked {
  const { promise, resolve } = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<void>();
  let status = 0;
  let body = "";
  const handler: AnswerHandler = {
    onHead: (head) => {
      status = head.status;
    },
    onData: (payload) => {
      body += payload.toString("latin1");
      begun.resolve();
      return takes;
    },
    onPause: () => {},
    onEnd: () => resolve(`${status} ${body}`),
    onFault: (fault, repeatable) => resolve(`${fault.reason} ${fault.code}${repeatable ? " repeatable" : ""}`),
  };
  const request = { method: "GET", path: "/", headers: ["Host", "a"], body: undefined, ...parts };
  return { exchange: client.request(request, handler, patience), begun: begun.promise, outcome: promise };
}
