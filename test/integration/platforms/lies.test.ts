import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { type Called, call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";
import { startHttpController, startRawController } from "../relay/support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function ask(port: number, headers: Record<string, string> = {}): Promise<Called> {
  const token = await mintToken({ port, scheme: "http", platform: "generic" });
  return await call(`https://127.0.0.1:${gateway.port}`, "/", {
    ca: gateway.ca,
    headers: {
      "X-PM-Host": "127.0.0.1",
      "X-Forwarded-Host": "k7.example.test",
      Cookie: `pm-session=${token}`,
      ...headers,
    },
  });
}

/** What a browser gets of a controller that answers so. */
async function heard(answer: (message: IncomingMessage, response: ServerResponse) => void): Promise<Called> {
  await using controller = await startHttpController(answer);
  return await ask(controller.port);
}

describe("a controller that lies is contained:", () => {
  test.each(["https://evil.example.test/login", "//evil.example.test/", "javascript:alert(1)"])(
    "it sends the browser to %s: refused, with the reason in the log",
    async (location) => {
      const answer = await heard((_, response) => response.writeHead(302, { Location: location }).end());
      expect(answer.status).toBe(502);
      expect(answer.headers.location).toBeUndefined();
      await gateway.waitForLine(({ reason, code }) => reason === "controller-redirect" && code !== undefined);
    },
  );

  test("it sets our cookies, and others for the parent domain: ours are dropped, the others are the host's own", async () => {
    const sets = [
      "pm-session=stolen; Path=/",
      "__Host-pm-session=stolen; Path=/; Secure",
      "__Host-pm-sid=stolen; Path=/; Secure",
      "__Host-pm-old=stolen; Path=/; Secure",
      "SID=1; Domain=.example.test; Path=/",
    ];
    const { headers } = await heard((_, response) => response.writeHead(200, { "Set-Cookie": sets }).end());
    expect(headers["set-cookie"]).toEqual(["SID=1; Path=/; Secure"]);
  });

  test("it would empty the domain, install a worker and speak for the provider's name: none of it goes on", async () => {
    const claims = {
      "Clear-Site-Data": '"*"',
      "Service-Worker-Allowed": "/",
      "Strict-Transport-Security": "max-age=1; includeSubDomains; preload",
      "Alt-Svc": 'h3=":443"',
      "X-PM-Refusal": "fault",
    };
    const { headers } = await heard((_, response) => response.writeHead(200, claims).end());
    for (const name of Object.keys(claims)) expect(headers[name.toLowerCase()]).toBeUndefined();
  });

  test("it sends headers of 100 KiB: refused", async () => {
    await using controller = await startRawController(
      `HTTP/1.1 200 OK\r\nX-Large: ${"a".repeat(100 * 1024)}\r\nContent-Length: 2\r\n\r\nok`,
    );
    expect((await ask(controller.port)).status).toBe(502);
    await gateway.waitForLine(({ reason }) => reason === "controller-garbage");
  });

  test("and the next customer of the same gateway is served as ever", async () => {
    const { status, body } = await heard((_, response) => response.end("well"));
    expect({ status, body }).toEqual({ status: 200, body: "well" });
  });
});

test("a page that asks for a service worker's script is refused, and the controller is not asked", async () => {
  let asked = 0;
  await using controller = await startHttpController((_, response) => {
    asked += 1;
    response.end();
  });
  expect((await ask(controller.port, { "Service-Worker": "script" })).status).toBe(403);
  expect(asked).toBe(0);
});
