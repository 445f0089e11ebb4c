import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { expect, test, vi } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { closed } from "../../../../test/support/raw-http.ts";
import { startSeverableWay } from "../../../../test/support/severable.ts";
import { FirstBytes } from "../../src/entrypoints/web/first-bytes.ts";
import type { Received } from "../../src/entrypoints/web/received.ts";

const HEAD =
  "GET /websocket/10.0.0.7/443/kvm HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: y\r\n\r\n";

/** Whose a connection became, with its request and what came behind that. */
interface Taken {
  readonly by: "us" | "node";
  readonly received: Received;
  readonly socket: Socket;
  readonly rest: string;
}

/** A server of Node's whose connections' first bytes are looked at. */
async function startServer({ patience = 60_000, headMs = 60_000 } = {}) {
  const { cert, key, ca } = await makeCertificate();
  const options = { cert, key, headersTimeout: headMs, connectionsCheckingInterval: 20, maxHeaderSize: 64 * 1024 };
  const server = createServer(options, (message, response) => {
    response.end(`${message.url} ${message.headers.x?.length ?? 0}`);
  });
  new FirstBytes(server, {
    patience,
    onUpgrade: (received, socket) => taken.resolve({ by: "us", received, socket, rest: "" }),
  });
  const taken = Promise.withResolvers<Taken>();
  server.on("upgrade", (message, socket, head) =>
    taken.resolve({ by: "node", received: message, socket: socket as Socket, rest: head.toString("latin1") }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients: TLSSocket[] = [];
  return {
    server,
    taken: taken.promise,
    /** A client, and the server's end of its connection. */
    async open(port = (server.address() as AddressInfo).port): Promise<[TLSSocket, TLSSocket]> {
      const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
      clients.push(socket);
      socket.on("error", () => socket.destroy());
      const [[met]] = await Promise.all([once(server, "secureConnection"), once(socket, "secureConnect")]);
      return [socket, met as TLSSocket];
    },
    async [Symbol.asyncDispose]() {
      for (const socket of clients) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Settles once Node's server listens to a socket. */
function givenToNode(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("newListener", (event) => event === "timeout" && resolve());
  });
}

async function answerOf(client: TLSSocket, until: string): Promise<string> {
  let answer = "";
  for await (const chunk of client) {
    answer += chunk;
    if (answer.includes(until)) return answer;
  }
  return answer;
}

test("an upgrade that comes at once is ours, and what comes behind it waits for its reader", async () => {
  await using server = await startServer();
  const [client] = await server.open();
  client.write(HEAD);
  const { by, received, socket } = await server.taken;
  expect({ by, ...received }).toMatchObject({ by: "us", url: "/websocket/10.0.0.7/443/kvm", httpVersion: "1.1" });
  client.write("first");
  await vi.waitFor(() => expect(socket.readableLength).toBe("first".length));
  const rest = once(socket, "data");
  expect(String(await rest)).toBe("first");
});

test("a socket that we gave away is listened to as Node leaves one", async () => {
  const counts = await Promise.all(
    [HEAD, `${HEAD}abc`].map(async (text) => {
      await using server = await startServer();
      const [client] = await server.open();
      client.write(text);
      const { by, socket } = await server.taken;
      return [by, ...["data", "error", "end", "close"].map((event) => socket.listenerCount(event))];
    }),
  );
  expect(counts[0]).toEqual(["us", ...(counts[1]?.slice(1) ?? [])]);
});

test.each([
  ["with bytes behind it", [`${HEAD}abc`], "abc"],
  ["in two pieces", [HEAD.slice(0, 40), HEAD.slice(40)], ""],
  ["that needs a second look", [HEAD.replace("X: y", "X:y")], ""],
])("an upgrade %s is Node's", async (_, pieces, rest) => {
  await using server = await startServer();
  const [client] = await server.open();
  for (const piece of pieces) await new Promise<void>((resolve) => client.write(piece, () => setImmediate(resolve)));
  const taken = await server.taken;
  expect(taken).toMatchObject({ by: "node", rest, received: { url: "/websocket/10.0.0.7/443/kvm" } });
});

test("a request is Node's, and the next ones on its connection", async () => {
  await using server = await startServer();
  const [client] = await server.open();
  client.write("GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n");
  const answer = await answerOf(client, "/two 0");
  expect(answer.indexOf("/one 0")).toBeGreaterThan(0);
});

test("an upgrade behind a request is Node's", async () => {
  await using server = await startServer();
  const [client] = await server.open();
  client.write("GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(client, "data");
  client.write(HEAD);
  expect((await server.taken).by).toBe("node");
});

test("a head of several records that came together is read in their order", async () => {
  await using server = await startServer();
  const [client] = await server.open();
  client.write(`GET /long HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(40_000)}\r\n\r\n`);
  expect(await answerOf(client, "/long")).toContain("/long 40000");
});

test("who says nothing is Node's to time, whose patience begins then", async () => {
  await using server = await startServer({ patience: 50, headMs: 100 });
  const [client] = await server.open();
  expect(await answerOf(client, "\r\n\r\n")).toMatch(/^HTTP\/1\.1 408 /);
});

test("who is slow to begin is Node's", async () => {
  await using server = await startServer({ patience: 50 });
  const [client, met] = await server.open();
  await givenToNode(met);
  client.write(HEAD);
  expect((await server.taken).by).toBe("node");
});

test("who goes without a word is let go of, and never Node's", async () => {
  await using server = await startServer({ patience: 200 });
  const [client, met] = await server.open();
  const [, next] = await server.open();
  const gone = closed(met);
  client.end();
  await gone;
  await givenToNode(next);
  expect(met.listenerCount("timeout")).toBe(0);
});

test("who breaks off without a word is told of as by Node", async () => {
  await using server = await startServer();
  await using way = await startSeverableWay((server.server.address() as AddressInfo).port);
  const [client] = await server.open(way.port);
  // The last of the handshake has come through.
  await once(client, "session");
  const told = once(server.server, "clientError");
  way.cut("refused");
  const [error] = await told;
  expect(error).toMatchObject({ code: "ECONNRESET" });
});
