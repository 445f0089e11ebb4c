import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";
import { type Listening, startHttpController } from "../relay/support.ts";

let gateway: TestGateway;
let controller: Listening;
const asked: Pick<IncomingMessage, "method" | "url" | "headers">[] = [];
let waiting: (() => void)[] = [];

/** An iDRAC9, as far as a log-in goes. */
function answer({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
  asked.push({ method, url, headers });
  if (method === "POST") {
    response.setHeader("Set-Cookie", "-http-session-=4::secret; Path=/; HttpOnly");
    response.setHeader("XSRF-TOKEN", "0123456789abcdef");
  }
  response.writeHead(method === "POST" ? 201 : 200).end("{}");
  for (const look of waiting) look();
}

beforeAll(async () => {
  gateway = await startTestGateway();
  controller = await startHttpController(answer);
});
beforeEach(() => {
  asked.length = 0;
  waiting = [];
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await controller[Symbol.asyncDispose]();
});

const SESSION = "/sysmgmt/2015/bmc/session";

/** Something that a browser with this session asks. */
type Browser = (method: string, path: string, headers?: Record<string, string>, cookies?: string) => Promise<unknown>;

async function browse(expiresIn = 600, platform = "idrac9"): Promise<Browser> {
  const jti = randomUUID();
  const token = await mintToken({ port: controller.port, scheme: "http", platform, jti }, { expiresIn });
  return (method, path, headers = {}, cookies = "") =>
    call(`https://127.0.0.1:${gateway.port}`, path, {
      method,
      ca: gateway.ca,
      headers: {
        "X-PM-Host": "127.0.0.1",
        "X-Forwarded-Host": "k7.example.test",
        Cookie: `pm-session=${token}${cookies}`,
        ...headers,
      },
    });
}

/** The requests for which nobody but the gateway asked, once there is one. */
function logOuts(): Promise<typeof asked> {
  const found = () => asked.filter(({ method }) => method === "DELETE");
  return new Promise((resolve) => {
    const look = () => found().length > 0 && resolve(found());
    waiting.push(look);
    look();
  });
}

const COOKIE = "; -http-session-=4::secret; other=1";

test("a log-in is given back when its session expires, with what it consisted of and nothing else", async () => {
  const ask = await browse(2);
  await ask("POST", SESSION, { user: '"root"', password: '"calvin"' });
  await ask("GET", "/sysmgmt/2012/server/power", { "XSRF-TOKEN": "0123456789abcdef" }, COOKIE);
  const [logOut] = await logOuts();
  expect(logOut).toMatchObject({ method: "DELETE", url: SESSION });
  expect(logOut?.headers).toMatchObject({
    host: `127.0.0.1:${controller.port}`,
    origin: `http://127.0.0.1:${controller.port}`,
    cookie: "-http-session-=4::secret",
    "xsrf-token": "0123456789abcdef",
  });
  expect(logOut?.headers.password).toBeUndefined();
  const line = await gateway.waitForLine(({ message }) => /given back/.test(String(message)));
  expect(line).toMatchObject({ platform: "idrac9", status: 200 });
  expect(JSON.stringify(gateway.lines)).not.toMatch(/secret|0123456789abcdef|calvin/);
});

test("one that the customer gave back herself is not given back again", async () => {
  const ask = await browse(600);
  await ask("POST", SESSION);
  await ask("DELETE", SESSION, { "XSRF-TOKEN": "0123456789abcdef" }, COOKIE);
  // The browser goes on sending its cookie.
  await ask("GET", "/restgui/start.html", {}, COOKIE);
  await ask("POST", "/gpsession/end", { "Sec-Fetch-Site": "same-origin" });
  await gateway.waitForLine(({ reason, message }) => reason === "ended" && /session/.test(String(message)));
  expect(asked.filter(({ method }) => method === "DELETE")).toHaveLength(1);
});

test("a session that ends by its owner's word leaves at once", async () => {
  const ask = await browse();
  await ask("POST", SESSION);
  await ask("POST", "/gpsession/end", { "Sec-Fetch-Site": "same-origin" });
  expect(await logOuts()).toHaveLength(1);
});

test("a gateway that goes down leaves nothing: its sessions go on elsewhere", async () => {
  await using other = await startTestGateway();
  const token = await mintToken({ port: controller.port, scheme: "http", platform: "idrac9" });
  await call(`https://127.0.0.1:${other.port}`, SESSION, {
    method: "POST",
    ca: other.ca,
    headers: { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` },
  });
  await other.gateway.drain();
  expect(asked.filter(({ method }) => method === "DELETE")).toHaveLength(0);
});

test("a controller of no known family is left alone", async () => {
  const ask = await browse(600, "generic");
  await ask("POST", SESSION);
  await ask("POST", "/gpsession/end", { "Sec-Fetch-Site": "same-origin" });
  await gateway.waitForLine(({ reason, message }) => reason === "ended" && /session/.test(String(message)));
  expect(asked.filter(({ method }) => method === "DELETE")).toHaveLength(0);
});
