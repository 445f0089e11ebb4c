import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { credentials, head, openConnection, startHttpController } from "./support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** More than the gateway keeps for a client that does not read. */
const LONG = 4 * 1024 * 1024;

test("a client that goes while its second answer waits for the first one ends both at the controller", async () => {
  const closed: Promise<unknown>[] = [];
  // By connections of their own, and so in any order.
  const both = Promise.withResolvers<void>();
  await using controller = await startHttpController((message, response) => {
    closed.push(new Promise((resolve) => message.socket.once("close", resolve)));
    if (message.url === "/second") {
      response.writeHead(200, { "Content-Length": LONG });
      response.write(Buffer.alloc(LONG / 2));
    }
    if (closed.length === 2) both.resolve();
  });
  const client = openConnection(gateway);
  const headers = await credentials(controller.port);
  client.socket.write(Buffer.concat([head("GET /first", headers), head("GET /second", headers)]));
  await both.promise;
  client.socket.destroy();
  expect(await Promise.all(closed)).toHaveLength(2);
});
