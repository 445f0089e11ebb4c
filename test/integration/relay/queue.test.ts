import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startTestGateway } from "../../support/gateway.ts";
import { call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";

test("a request whose turn never comes gets 503, and those under way go on", async () => {
  const waiting: ServerResponse[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    server.emit("arrived");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await using gateway = await startTestGateway({ limits: { connectionsPerController: 2, answerMs: 700 } });
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${await mintToken({ port, scheme: "http" })}` };
  const ask = () => call(`https://127.0.0.1:${gateway.port}`, "/events", { ca: gateway.ca, headers });

  const streams = [ask(), ask()];
  while (waiting.length < 2) await once(server, "arrived");
  for (const response of waiting) response.write("data: 1\n\n");
  const late = await ask();
  expect([late.status, late.headers["retry-after"]]).toEqual([503, "5"]);
  await gateway.waitForLine((line) => line.reason === "controller-busy");
  for (const response of waiting) response.end("data: 2\n\n");
  for (const answer of await Promise.all(streams)) expect(answer.body).toBe("data: 1\n\ndata: 2\n\n");
  // Its turn came when nobody waited any more: it was not sent.
  expect(waiting.length).toBe(2);
  server.close();
  server.closeAllConnections();
});
