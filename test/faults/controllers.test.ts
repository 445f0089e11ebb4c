import { once } from "node:events";
import { createServer as createTlsServer, type Server } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAuthority } from "../support/certificates.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { sendRaw, statusesOf } from "../support/raw-http.ts";
import { openRawClient } from "../support/raw-websocket.ts";
import { mintToken } from "../support/tokens.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ limits: { answerMs: 500, dialMs: 250 } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Faulty extends AsyncDisposable {
  readonly port: number;
}

/** A controller that does this with each connection's first bytes. */
async function startFaulty(act: (socket: Socket, head: string) => unknown): Promise<Faulty> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (bytes) => act(socket, bytes.toString("latin1")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(port: number, scheme = "http", claims = {}): Promise<string> {
  const token = await mintToken({ port, scheme, ...claims });
  const lines = ["GET / HTTP/1.1", "Host: k7.example.test", `Cookie: pm-session=${token}`, "X-PM-Host: 127.0.0.1"];
  return sendRaw(gateway, [...lines, "Connection: close", "\r\n"].join("\r\n"));
}

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("before its answer", () => {
  test.each([
    ["a reset", (socket: Socket): unknown => socket.resetAndDestroy(), 502],
    ["a hang-up", (socket: Socket): unknown => socket.destroy(), 502],
    ["an end of what it says", (socket: Socket): unknown => socket.end(), 502],
    [
      "half a head and a reset",
      (socket: Socket): unknown => socket.write("HTTP/1.1 200", () => socket.resetAndDestroy()),
      502,
    ],
    ["half a head and an end", (socket: Socket): unknown => socket.end("HTTP/1.1 200 OK\r\nContent-"), 502],
    ["silence", () => undefined, 504],
    ["half a head and silence", (socket: Socket): unknown => socket.write("HTTP/1.1 200 OK\r\n"), 504],
  ] as const)("%s", async (_, act, status) => {
    await using controller = await startFaulty(act);
    expect(statusesOf(await ask(controller.port))).toEqual([status]);
  });

  test("a black hole, which takes connections and shakes no hands", async () => {
    await using controller = await startFaulty(() => undefined);
    expect(statusesOf(await ask(controller.port, "https"))).toEqual([504]);
  });

  test("nobody there", async () => {
    const controller = await startFaulty(() => undefined);
    await controller[Symbol.asyncDispose]();
    expect(statusesOf(await ask(controller.port))).toEqual([502]);
  });
});

describe("in the middle of its answer, the cut shows", () => {
  test.each([
    ["a reset", HEAD, (socket: Socket): unknown => socket.resetAndDestroy()],
    ["a hang-up", HEAD, (socket: Socket): unknown => socket.destroy()],
    ["an end of what it says", HEAD, (socket: Socket): unknown => socket.end()],
    ["an end between chunks", CHUNKED, (socket: Socket): unknown => socket.end()],
    ["a reset between chunks", CHUNKED, (socket: Socket): unknown => socket.resetAndDestroy()],
  ])("%s", async (_, head, act) => {
    await using controller = await startFaulty((socket) => {
      socket.write(`${head}4\r\npart\r\n`);
      setImmediate(() => act(socket));
    });
    const answer = await ask(controller.port);
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
    const [, body = ""] = answer.split("\r\n\r\n");
    expect(body.length).toBeLessThan(100);
  });

  test("one that is slow and whole comes through", async () => {
    await using controller = await startFaulty((socket) => {
      let sent = 0;
      socket.write(HEAD);
      const timer = setInterval(() => {
        socket.write("x");
        sent += 1;
        if (sent === 100) clearInterval(timer);
      }, 5);
    });
    expect(await ask(controller.port)).toMatch(/x{100}$/);
  });
});

describe("on a WebSocket", () => {
  const switching = /sec-websocket-key: (\S+)/i;

  test.each([
    ["a reset before its answer", (socket: Socket): unknown => socket.resetAndDestroy(), 502],
    ["silence", () => undefined, 504],
    [
      "an answer of another kind",
      (socket: Socket): unknown => socket.end("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"),
      403,
    ],
  ] as const)("%s", async (_, act, status) => {
    await using controller = await startFaulty(act);
    const token = await mintToken({ port: controller.port, scheme: "http" });
    expect((await openRawClient({ gateway, token, port: controller.port })).status).toBe(status);
  });

  test("a reset while it is open closes the browser's side", async () => {
    const { createHash } = await import("node:crypto");
    await using controller = await startFaulty((socket, head) => {
      const key = switching.exec(head)?.[1];
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      const lines = ["HTTP/1.1 101 S", "Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
      socket.write([...lines, "\r\n"].join("\r\n"));
      socket.once("data", () => socket.resetAndDestroy());
    });
    const token = await mintToken({ port: controller.port, scheme: "http" });
    const { bytes, status } = await openRawClient({ gateway, token, port: controller.port });
    expect(status).toBe(101);
    bytes.socket.write(Buffer.from([0x81, 0x80, 1, 2, 3, 4]));
    await bytes.takeAll();
  });
});

describe("its certificate changes", () => {
  async function serve(port: number, pair: { cert: string; key: string }): Promise<Server> {
    const server = createTlsServer(pair, (_, response) => response.end("ok"));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  async function stop(server: Server): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  test("a token that pins the old key reaches nobody, kept connections and sessions or not", async () => {
    const authority = await makeAuthority();
    const [old, fresh] = [await authority.issue(), await authority.issue()];
    const first = await serve(0, old);
    const { port } = first.address() as AddressInfo;
    expect(statusesOf(await ask(port, "https", { spki: old.pin }))).toEqual([200]);
    await stop(first);
    const second = await serve(port, fresh);
    expect(statusesOf(await ask(port, "https", { spki: old.pin }))).toEqual([502]);
    expect(statusesOf(await ask(port, "https", { spki: fresh.pin }))).toEqual([200]);
    expect(statusesOf(await ask(port, "https"))).toEqual([200]);
    await stop(second);
  });
});

test("after all of it, nothing of it is left and the gateway serves", async () => {
  await using controller = await startFaulty(
    (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
  );
  expect(statusesOf(await ask(controller.port))).toEqual([200]);
  expect(gateway.lines.filter(({ message }) => message === "request failed" || message === "upgrade failed")).toEqual(
    [],
  );
});
