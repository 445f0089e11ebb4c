import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import type { Bytes } from "../../support/raw-websocket.ts";
import { credentials, head, openConnection, startHttpController, startRawController } from "./support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const MIB = 1024 * 1024;
const PARTS = 30;

/** Writes a body of so many MiB, as fast as it is taken. */
async function upload({ socket }: Bytes): Promise<void> {
  for (let part = 0; part < PARTS; part++) {
    if (!socket.write(Buffer.alloc(MIB, part))) await once(socket, "drain");
  }
}

/** A controller that answers as soon as a request begins, and reads none of it, or all. */
const early = (reads: boolean) => (socket: Socket) => {
  if (reads) socket.resume();
  else socket.pause();
  socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
};

describe("a controller that answers before it has read the body", () => {
  test.each([
    ["and reads on", true],
    ["and reads no more", false],
  ])("%s: the client reads the answer, and its connection stays in step", async (_, reads) => {
    await using controller = await startRawController(early(reads));
    const client = openConnection(gateway);
    const headers = await credentials(controller.port);
    client.socket.write(head("POST /upload", { ...headers, "Content-Length": String(PARTS * MIB) }));
    const sending = upload(client);
    expect(await client.takeUntil("big")).toMatch(/^HTTP\/1\.1 413 /);
    await sending;
    client.socket.write(head("GET /next", headers));
    expect(await client.takeUntil("big")).toMatch(/^HTTP\/1\.1 413 /);
    client.socket.destroy();
  });
});

describe("an upload that is never whole", () => {
  /** A controller that says when an upload began and when it was cut. */
  async function startCut() {
    const begun = Promise.withResolvers<void>();
    const cut = Promise.withResolvers<void>();
    const controller = await startHttpController((message) => {
      message.once("data", () => begun.resolve()).on("error", () => cut.resolve());
    });
    return Object.assign(controller, { begun: begun.promise, cut: cut.promise });
  }

  const begin = async (port: number) => {
    const client = openConnection(gateway);
    client.socket.write(head("POST /up", { ...(await credentials(port)), "Transfer-Encoding": "chunked" }));
    client.socket.write("4\r\nhalf\r\n");
    return client;
  };
  const blamed = (port: number) =>
    gateway.lines.some((line) => line.message === "controller failed" && line.port === port);

  test("because its client goes: the controller's side is cut, and nobody blames the controller", async () => {
    await using controller = await startCut();
    const client = await begin(controller.port);
    await controller.begun;
    client.socket.destroy();
    await controller.cut;
    expect(blamed(controller.port)).toBe(false);
  });

  test("because its chunks are none: 400, and the same", async () => {
    await using controller = await startCut();
    const client = await begin(controller.port);
    await controller.begun;
    client.socket.write("none\r\n");
    await controller.cut;
    expect(String(await client.takeAll())).toMatch(/^HTTP\/1\.1 400 /);
    expect(blamed(controller.port)).toBe(false);
  });
});

test("a client that asks whether to go on is told so by the gateway", async () => {
  await using controller = await startHttpController((message, response) => {
    response.end(String(message.headers.expect));
  });
  const client = openConnection(gateway);
  const headers = { ...(await credentials(controller.port)), "Content-Length": "4", Expect: "100-continue" };
  client.socket.write(head("POST /upload", headers));
  expect(await client.takeUntil("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  client.socket.write("body");
  expect(await client.takeUntil("undefined")).toMatch(/^HTTP\/1\.1 200 /);
  client.socket.destroy();
});
