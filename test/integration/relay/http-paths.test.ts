import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { openRawClient } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";
import { credentials, head, type Listening, openConnection, startRawController } from "./support.ts";

let gateway: TestGateway;
let controller: Listening;
/** The request line of the newest request, byte for byte. */
let line: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  controller = await startRawController((socket, first) => {
    line = first.toString("latin1").split("\r\n", 1)[0] ?? "";
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await controller[Symbol.asyncDispose]();
});

const targets = [
  "/",
  "//",
  "//kvm///x",
  "/a/../b/./c",
  "/a/%2e%2e/%2E/b",
  "/redfish/v1/%2F%2f/x%5C",
  "/data?get=a,b&&set=;x==%3d",
  "/vnc/vconsole?vck=123456789012345678901234",
  "/?",
  "/??x?",
  `/it's/"quoted"/{[<^\`|>]}`,
  "/back\\slash",
  "/plus+%20+%2B",
  "/%e4%FF%zz%",
];
const LONG = `/${"long/".repeat(1500)}`;

/** Asks for a target on a connection of its own and returns the head of the answer. */
async function ask(request: string): Promise<string> {
  const client = openConnection(gateway);
  client.socket.write(head(request, await credentials(controller.port)));
  const answer = await client.takeUntil("\r\n\r\n");
  client.socket.destroy();
  return answer;
}

describe("path and query reach the controller byte for byte", () => {
  test.each(targets)("of a request: %j", async (target) => {
    expect(await ask(`GET ${target}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(line).toBe(`GET ${target} HTTP/1.1`);
  });

  test("however long", async () => {
    expect(await ask(`GET ${LONG}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(line).toBe(`GET ${LONG} HTTP/1.1`);
  });

  test.each(targets.filter((target) => !target.includes("?")))("of an upgrade: %j", async (target) => {
    const { port } = controller;
    const token = await mintToken({ port, scheme: "http" });
    const { status, bytes } = await openRawClient({ gateway, token, port, path: target });
    expect(status).toBe(200);
    expect(line).toBe(`GET ${target} HTTP/1.1`);
    bytes.socket.destroy();
  });
});

test.each(["GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND", "QUERY"])(
  "the method %s passes as it is",
  async (method) => {
    const client = openConnection(gateway);
    client.socket.write(head(`${method} /x`, await credentials(controller.port)));
    await client.takeUntil("\r\n\r\n");
    expect(line).toBe(`${method} /x HTTP/1.1`);
    client.socket.destroy();
  },
);
