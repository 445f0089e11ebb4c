import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { call } from "../../support/http-client.ts";
import { closeOf, openRawClient, readFrame, startRawController, switching } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ limits: { answerMs: 400, dialMs: 2_000 } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A controller that answers a request's head with these bytes, or does something else with the socket. */
async function startBad(act: string | ((socket: Socket) => void)): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => (typeof act === "string" ? socket.end(act) : act(socket)));
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

async function closedPort(): Promise<number> {
  await using bad = await startBad("");
  return bad.port;
}

const token = (port: number) => mintToken({ port, scheme: "http" });
const get = async (port: number) =>
  call(`https://127.0.0.1:${gateway.port}`, "/", {
    ca: gateway.ca,
    headers: { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${await token(port)}` },
  });
const upgrade = async (port: number) => openRawClient({ gateway, token: await token(port), port });
const faultAt = (port: number) =>
  gateway.waitForLine((line) => line.message === "controller failed" && line.port === port);

const UNREACHABLE = '{"error":"The controller cannot be reached"}';
const LATE = '{"error":"The controller did not answer in time"}';

const bad: [string, string | ((socket: Socket) => void), string, number, string][] = [
  ["hangs up at once", (socket) => socket.destroy(), "controller-reset", 502, UNREACHABLE],
  ["resets", (socket) => socket.resetAndDestroy(), "controller-reset", 502, UNREACHABLE],
  ["says nothing", () => {}, "controller-timeout", 504, LATE],
  ["answers garbage", "\u0000\u0001\u0002 not HTTP\r\n\r\n", "controller-garbage", 502, UNREACHABLE],
  [
    "answers two lengths",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "controller-garbage",
    502,
    UNREACHABLE,
  ],
  [
    "answers length and chunks",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "controller-garbage",
    502,
    UNREACHABLE,
  ],
  [
    "answers with a head of 100 KiB",
    `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100 * 1024)}\r\n\r\n`,
    "controller-garbage",
    502,
    UNREACHABLE,
  ],
];

describe.each([
  ["a request", get],
  ["an upgrade", upgrade],
])("a controller that, to %s,", (_, ask) => {
  test.each(bad)("%s: one uniform answer, and its reason in the log", async (__, ...expected) => {
    const [act, reason, status, text] = expected;
    await using controller = await startBad(act);
    const answer = await ask(controller.port);
    expect(answer.status).toBe(status);
    const body = "body" in answer ? answer.body : String(await answer.bytes.takeAll());
    expect(body).toBe(text);
    expect((await faultAt(controller.port)).reason).toBe(reason);
  });

  test("is not there: refused", async () => {
    const port = await closedPort();
    expect((await ask(port)).status).toBe(502);
    expect((await faultAt(port)).reason).toBe("controller-refused");
  });
});

describe("a controller that switches protocols, but", () => {
  test.each([
    ["with a wrong accept key", () => switching("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
    [
      "with an extension nobody asked for",
      (accept: string) =>
        switching(accept).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    ],
  ])("%s, is refused", async (_, answer) => {
    await using controller = await startRawController({ answer });
    expect((await upgrade(controller.port)).status).toBe(502);
    expect((await faultAt(controller.port)).reason).toBe("controller-garbage");
  });

  test("then speaks plain HTTP, is closed with 1014", async () => {
    await using controller = await startRawController({
      answer: (accept) => `${switching(accept)}HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nstuck`,
    });
    const { status, bytes } = await upgrade(controller.port);
    expect(status).toBe(101);
    expect(closeOf(await readFrame(bytes))).toMatchObject({ code: 1014, reason: "sallyport:controller-garbage" });
    const line = await gateway.waitForLine(
      (one) => one.message === "websocket ended" && one.reason === "controller-garbage",
    );
    expect(line.detail).toBe("reserved-bits");
  });
});

describe("the controller's own refusal of an upgrade reaches the client", () => {
  test.each([
    [
      "with a length",
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\nWWW-Authenticate: Basic\r\n\r\nno no",
      401,
      "no no",
    ],
    ["in chunks", "HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 502, "no"],
    ["until the end", "HTTP/1.1 404 Not Found\r\n\r\nnothing", 404, "nothing"],
  ])("%s", async (_, answer, status, body) => {
    await using controller = await startBad(answer);
    const refused = await upgrade(controller.port);
    expect(refused.status).toBe(status);
    expect(String(await refused.bytes.takeAll())).toContain(body);
  });

  test.each([100_000, 1_000_000])("whole, of %i bytes", async (size) => {
    const head = `HTTP/1.1 404 Not Found\r\nContent-Length: ${size}\r\n\r\n`;
    await using controller = await startBad((socket) => socket.write(head + "x".repeat(size)));
    const refused = await upgrade(controller.port);
    expect(refused.status).toBe(404);
    expect((await refused.bytes.takeAll()).equals(Buffer.alloc(size, "x"))).toBe(true);
  });
});

describe("an answer that breaks off", () => {
  test("half-way is cut for the client too", async () => {
    await using controller = await startBad("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    await expect(get(controller.port)).rejects.toThrow();
    expect((await faultAt(controller.port)).answered).toBe(true);
  });
});
