import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Controller extends AsyncDisposable {
  /** One request with these cookies; the Cookie header that the controller got. */
  ask(cookies: string): Promise<string | undefined>;
}

/** A controller at this address that sets these cookies and notes those that it gets. */
async function startController(address: string, sets: readonly string[]): Promise<Controller> {
  let got: string | undefined;
  const server = createServer(({ headers }, response) => {
    got = headers.cookie;
    response.writeHead(200, { "Set-Cookie": [...sets] }).end();
  });
  server.listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const token = await mintToken({ ip: address, port, scheme: "http", platform: "generic" });
  return {
    async ask(cookies) {
      const headers = { "X-PM-Host": address, Cookie: `pm-session=${token}; ${cookies}` };
      await call(`https://127.0.0.1:${gateway.port}`, "/", { ca: gateway.ca, headers });
      return got;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("what one controller set in a browser is not shown to another, of whatever path it is", async () => {
  await using one = await startController("127.0.0.1", ["SID=secret-of-one; Path=/cgi", "lang=en"]);
  await using other = await startController("127.0.0.2", ["SID=secret-of-other"]);
  await one.ask("theme=dark");
  expect(await other.ask("SID=secret-of-one; lang=en; theme=dark")).toBe("lang=en; theme=dark");
  expect(await other.ask("SID=secret-of-other; SID=secret-of-one")).toBe("SID=secret-of-other");
  expect(await one.ask("SID=secret-of-one; SID=secret-of-other; lang=en")).toBe("SID=secret-of-one; lang=en");
});

test("what it set itself comes back as it was, odd names and blanks included", async () => {
  await using one = await startController("127.0.0.1", ["-http-session-=4::3f1c90ab; Path=/"]);
  await one.ask("x=1");
  expect(await one.ask("-http-session-=4::3f1c90ab;a=b;  c")).toBe("-http-session-=4::3f1c90ab; a=b; c");
});

test("a pair that both set alike is no secret of either", async () => {
  await using one = await startController("127.0.0.1", ["theme=default-light"]);
  await using other = await startController("127.0.0.2", ["theme=default-light"]);
  await one.ask("x=1");
  expect(await other.ask("theme=default-light")).toBe(undefined);
  expect(await other.ask("theme=default-light")).toBe("theme=default-light");
  expect(await one.ask("theme=default-light")).toBe("theme=default-light");
});
