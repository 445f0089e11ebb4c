import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { OpenBmcClient } from "../../emulators/openbmc/client.ts";
import { type OpenBmc, startOpenBmc } from "../../emulators/openbmc/openbmc.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { mintToken } from "../../support/tokens.ts";

/** Behind the original Worker: its wire as seen in workerd (contract 001.W), by a bare client. */
let bmc: OpenBmc;
let gateway: TestGateway;
let token: string;
beforeAll(async () => {
  bmc = await startOpenBmc({ requireHost: true, requireOrigin: true });
  gateway = await startTestGateway({ targets: { targetPort: bmc.port }, web: { closeRefusedUpgrades: true } });
  token = await mintToken({ ip: bmc.address });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await bmc[Symbol.asyncDispose]();
});

const HOST = "k7.example.test";
const httpHeaders = (more: Record<string, string> = {}) => ({
  "X-PM-Host": bmc.address,
  "X-PM-Port": "443",
  "X-Forwarded-Host": HOST,
  // The original leaves the colon of URL.protocol behind the scheme, and this empty on the default port.
  "X-Forwarded-Proto": "https:",
  "X-Forwarded-Port": "",
  ...more,
});

async function logIn() {
  await using direct = new OpenBmcClient({ url: bmc.url, ca: bmc.ca });
  return await direct.logIn();
}

/** The envelope as the original makes it: base64 that nothing escapes, with `+`, `/` and `=` as they come. */
function bareEnvelope(headers: Record<string, string>, wanted: string): string {
  for (let filler = 0; filler < 12; filler++) {
    const packed = Buffer.from(
      JSON.stringify({ ...headers, pragma: `${"x".repeat(filler)}${"ûï¾ÿ".repeat(4)}` }),
      "latin1",
    ).toString("base64");
    if ([...wanted].every((character) => packed.includes(character))) return packed;
  }
  throw new Error(`no envelope has all of ${wanted}`);
}

function open(envelope: string, protocols: string[] = []): WebSocket {
  const url = `wss://127.0.0.1:${gateway.port}/websocket/${bmc.address}/443//console/default?headers=${envelope}`;
  return new WebSocket(url, protocols, {
    ca: gateway.ca,
    servername: "localhost",
    perMessageDeflate: false,
  } as WebSocket.ClientOptions);
}

describe("P-04, P-05: HTTP", () => {
  test("is served, TARGET_PORT standing in for the edge's 443", async () => {
    const { call } = await import("../../support/http-client.ts");
    const answer = await call(`https://127.0.0.1:${gateway.port}`, "/redfish/v1", {
      ca: gateway.ca,
      headers: httpHeaders({ Cookie: `pm-session=${token}`, Origin: `https://${HOST}`, Referer: `https://${HOST}/x` }),
    });
    expect(answer.status).toBe(200);
    const seen = bmc.journal.last("/redfish/v1");
    expect(JSON.stringify(seen)).not.toContain("pm-session");
    expect(JSON.stringify(seen).toLowerCase()).not.toContain("x-pm-");
    expect(JSON.stringify(seen).toLowerCase()).not.toContain("x-forwarded");
    expect(JSON.stringify(seen)).not.toContain(HOST);
  });
});

describe("P-06: WebSocket", () => {
  test.each([
    ["with + / = as they are", "+/=", (packed: string) => packed],
    ["with a space where a form decoder ate the +", "+", (packed: string) => packed.replaceAll("+", "%20")],
  ])("cookies in the unescaped envelope, %s, and the doubled slash", async (_, wanted, mangle) => {
    const { cookie, csrf } = await logIn();
    const headers = {
      host: HOST,
      origin: `https://${HOST}`,
      connection: "Upgrade",
      upgrade: "websocket",
      cookie: `pm-session=${token}; ${cookie}`,
      "sec-websocket-protocol": csrf,
      "sec-websocket-version": "13",
      "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
      "user-agent": "Mozilla/5.0",
    };
    const socket = open(mangle(bareEnvelope(headers, wanted)), [csrf]);
    const [prompt] = await once(socket, "message");
    expect(String(prompt)).toContain("Serial console");
    expect(socket.protocol).toBe(csrf);
    socket.terminate();
    expect(bmc.rejections.size).toBe(0);
  });

  test("a refusal is a 101 and a close that the original's browser can see, where that is set", async () => {
    const expired = await mintToken({ ip: bmc.address }, { expiresIn: -5 });
    const headers = { host: HOST, origin: `https://${HOST}`, cookie: `pm-session=${expired}` };
    const socket = open(encodeURIComponent(Buffer.from(JSON.stringify(headers)).toString("base64")));
    const [code, reason] = await once(socket, "close");
    expect([code, String(reason)]).toEqual([4001, "sallyport:bad-session"]);
  });

  test("another site's page is refused there too", async () => {
    const headers = { host: HOST, origin: "https://evil.example.test", cookie: `pm-session=${token}` };
    const socket = open(encodeURIComponent(Buffer.from(JSON.stringify(headers)).toString("base64")));
    const [code, reason] = await once(socket, "close");
    expect([code, String(reason)]).toEqual([1008, "sallyport:forbidden"]);
  });
});
