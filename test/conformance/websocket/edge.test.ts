import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Edge, startEdge } from "../../support/edge.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { Bytes, type RawController, readFrame, startRawController } from "../../support/raw-websocket.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";
import { passing } from "./cases.ts";

/** The same messages, fragments, control frames and close codes through the edge: masking keys aside. */
let edge: Edge;
let gateway: TestGateway;
let controller: RawController;
let token: string;
beforeAll(async () => {
  controller = await startRawController();
  gateway = await startTestGateway();
  const vars = { JWT_SECRET: TEST_SECRET, PROXY_PORT: String(gateway.port) };
  edge = await startEdge({ ca: gateway.ca, vars });
  token = await mintToken({ port: controller.port, scheme: "http" });
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await controller[Symbol.asyncDispose]();
});

async function open(): Promise<{ browser: Bytes; device: Bytes }> {
  const browser = new Bytes(connect({ host: "127.0.0.1", port: edge.port }));
  const lines = [
    "GET /kvm HTTP/1.1",
    `Host: 127.0.0.1:${edge.port}`,
    `Origin: http://127.0.0.1:${edge.port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "Sec-WebSocket-Version: 13",
    `Cookie: __Host-pm-session=${token}`,
    "\r\n",
  ];
  browser.socket.write(lines.join("\r\n"));
  expect(await browser.takeUntil("\r\n\r\n")).toMatch(/^HTTP\/1\.1 101 /);
  return { browser, device: await controller.next() };
}

interface Seen {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: string;
}

async function seenFrames(bytes: Bytes, count: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let at = 0; at < count; at++) {
    const { opcode, fin, payload } = await readFrame(bytes);
    seen.push({ opcode, fin, payload: payload.toString("latin1") });
  }
  return seen;
}

/** What the frames say, read back from how they were written. */
async function saidBy(frames: readonly Buffer[]): Promise<Seen[]> {
  const { PassThrough } = await import("node:stream");
  const source = new PassThrough();
  const bytes = new Bytes(source as never);
  source.end(Buffer.concat(frames));
  return seenFrames(bytes, frames.length);
}

describe.each([
  ["towards the controller", true],
  ["towards the browser", false],
] as const)("%s", (_, masked) => {
  test.each(passing)("$group, $name", async ({ frames }) => {
    const { browser, device } = await open();
    const [from, to] = masked ? [browser, device] : [device, browser];
    const sent = frames(masked);
    from.socket.write(Buffer.concat(sent));
    expect(await seenFrames(to, sent.length)).toEqual(await saidBy(sent));
    browser.socket.destroy();
    device.socket.destroy();
  });
});
