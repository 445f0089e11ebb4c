import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { type Edge, startEdge } from "../../support/edge.ts";
import { TEST_SECRET } from "../../support/tokens.ts";
import { edgeToken } from "./support.ts";

/** A gateway that hands out its exchanges as they begin, before a byte of a body is there. */
let gateway: Server;
let edge: Edge;
beforeAll(async () => {
  const { cert, key, ca } = await (await makeAuthority()).issue();
  gateway = createServer({ cert, key }).listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const { port } = gateway.address() as AddressInfo;
  edge = await startEdge({ ca, vars: { JWT_SECRET: TEST_SECRET, PROXY_PORT: String(port) } });
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  const closed = once(gateway, "close");
  gateway.close();
  gateway.closeAllConnections();
  await closed;
});

async function send(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const headers = { cookie: `__Host-pm-session=${await edgeToken()}`, ...options.headers };
  const arrives = once(gateway, "request");
  const outgoing: ClientRequest = request(`${edge.url}${path}`, { ...options, headers, agent: false });
  return { outgoing, arrives };
}

test("an event reaches the browser before the next one is made", async () => {
  const { outgoing, arrives } = await send("/sse/ui");
  const answers = once(outgoing.end(), "response");
  const [, response] = await arrives;
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write("data: 1\n\n");
  const [answer] = (await answers) as [IncomingMessage];
  expect(String((await once(answer, "data"))[0])).toBe("data: 1\n\n");
  response.end("data: 2\n\n");
  expect(String((await once(answer, "data"))[0])).toBe("data: 2\n\n");
});

test.each([
  ["in chunks", {}, undefined],
  ["of a known length", { "content-length": "8" }, "8"],
])("an upload %s reaches the gateway while it is still being sent", async (_, headers, length) => {
  const { outgoing, arrives } = await send("/upload", { method: "PUT", headers: headers as Record<string, string> });
  outgoing.write("1234");
  const [message, response] = await arrives;
  expect(message.headers["content-length"]).toBe(length);
  expect(String((await once(message, "data"))[0])).toBe("1234");
  const answers = once(outgoing, "response");
  outgoing.end("5678");
  expect(String((await once(message, "data"))[0])).toBe("5678");
  response.end("done");
  const [answer] = (await answers) as [IncomingMessage];
  expect(String((await once(answer, "data"))[0])).toBe("done");
});

test("a browser that gives up lets the gateway know", async () => {
  const { outgoing, arrives } = await send("/long");
  outgoing.on("error", () => {}).end();
  const [, response] = await arrives;
  const closed = once(response, "close");
  response.write("x");
  outgoing.destroy();
  await closed;
  expect(response.writableFinished).toBe(false);
});
