import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, test } from "vitest";
import { startTestGateway } from "../../support/gateway.ts";
import { openRawClient, switching } from "../../support/raw-websocket.ts";
import { startSeverableWay } from "../../support/severable.ts";
import { mintToken } from "../../support/tokens.ts";
import { credentials, head, openConnection } from "./support.ts";

/**
 * A controller that thinks long before it says what it is, and gives every console and every page that is asked for;
 * pages never end.
 */
async function startSlowController() {
  const consoles: Socket[] = [];
  const asked = Promise.withResolvers<ServerResponse>();
  let isAsked = false;
  let pages = 0;
  const server = createServer((message, response) => {
    if (message.url?.startsWith("/endless")) response.write(String(++pages));
    else if (isAsked) response.writeHead(404).end();
    else asked.resolve(response);
    isAsked = true;
  });
  server.on("upgrade", ({ headers }, socket: Socket) => {
    consoles.push(socket);
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    socket.write(switching(createHash("sha1").update(key).digest("base64")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    consoles,
    get pages() {
      return pages;
    },
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of consoles) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;

test("a client that goes while its controller is asked what it is takes none of its consoles", async () => {
  await using controller = await startSlowController();
  await using gateway = await startTestGateway({
    web: { controllers: { ca: undefined, legacyTls: [], platforms: [], detect: true } },
  });
  await using way = await startSeverableWay(gateway.port);
  const { port } = controller;
  const token = await mintToken({ port, scheme: "http" });
  const going = openRawClient({ gateway, token, port, via: way.port }).catch((error: Error) => error);
  const answer = await controller.asked;
  way.cut("refused");
  await gateway.waitForLine(({ message }) => message === "client connection failed");
  expect(await going).toBeInstanceOf(Error);
  const staying = openRawClient({ gateway, token, port });
  await gateway.waitForLine(({ message }) => message === "admitted");
  answer.writeHead(404).end();
  const { status, bytes } = await staying;
  expect([status, controller.consoles.length]).toEqual([101, 1]);
  bytes.socket.destroy();
});

test("a client that goes while its controller is asked what it is takes none of its connections either", async () => {
  await using controller = await startSlowController();
  await using gateway = await startTestGateway({
    web: { controllers: { ca: undefined, legacyTls: [], platforms: [], detect: true } },
  });
  const before = openSockets();
  const headers = await credentials(controller.port);
  const request = head("GET /endless", { ...headers, "X-PM-Port": String(controller.port) });
  const going = openConnection(gateway);
  going.socket.write(request);
  const answer = await controller.asked;
  going.socket.destroy();
  // Both ends of the question are left.
  await expect.poll(openSockets).toBe(before + 2);
  const staying = openConnection(gateway);
  staying.socket.write(request);
  await gateway.waitForLine(({ message }) => message === "admitted");
  answer.writeHead(404).end();
  expect(await staying.takeUntil("\r\n\r\n")).toContain("200");
  expect(controller.pages).toBe(1);
  staying.socket.destroy();
});
