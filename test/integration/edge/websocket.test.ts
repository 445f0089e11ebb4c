import { once } from "node:events";
import { decodeEnvelope, LEGACY_HEADERS, parseWebSocketPath } from "@sallyport/shared";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type EdgeBench, edgeToken, IP, startEdgeBench } from "./support.ts";

interface OpenOptions {
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

function open(
  bench: EdgeBench,
  token: string,
  path: string,
  { protocols = [], headers = {} }: OpenOptions = {},
): WebSocket {
  return new WebSocket(`${bench.edge.url.replace("http", "ws")}${path}`, protocols, {
    headers: { cookie: `__Host-pm-session=${token}; SID=1`, origin: bench.edge.url, ...headers },
  });
}

/** The status with which an upgrade was refused. */
async function refusal(socket: WebSocket): Promise<number> {
  const [, response] = await once(socket, "unexpected-response");
  response.resume();
  socket.on("error", () => {});
  socket.terminate();
  return response.statusCode;
}

async function echo(socket: WebSocket, message: string): Promise<string> {
  if (socket.readyState === WebSocket.CONNECTING) await once(socket, "open");
  socket.send(message);
  const [answer] = await once(socket, "message");
  return String(answer);
}

const envelopeOf = (url: string) => decodeEnvelope(parseWebSocketPath(url, false)?.envelope ?? "", LEGACY_HEADERS);

describe("our wire", () => {
  let bench: EdgeBench;
  let token: string;
  beforeAll(async () => {
    bench = await startEdgeBench(
      {},
      {
        upgrade: (message, socket) => {
          if (!message.url?.includes("/locked")) return false;
          socket.end("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
          return true;
        },
        socket: (socket, message) => {
          if (message.url?.includes("/bye")) socket.close(4001, "sallyport:expired");
          socket.on("message", (data, binary) => socket.send(data, { binary }));
        },
      },
    );
    token = await edgeToken();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test("the browser's query stays, the envelope comes last, secrets are real headers and not in the URL", async () => {
    const socket = open(bench, token, "/vnc/vconsole?vck=1%202&headers=x", {
      protocols: ["binary"],
      headers: { "user-agent": "UA" },
    });
    expect(await echo(socket, "hello")).toBe("hello");
    expect(socket.protocol).toBe("binary");
    expect(socket.extensions).toBe("");
    socket.terminate();
    const { url, headers } = bench.origin.last();
    const { host, port } = new URL(bench.edge.url);
    expect(url).toMatch(
      new RegExp(`^/websocket/${IP}/${port}/vnc/vconsole\\?vck=1%202&headers=x&headers=[A-Za-z0-9%]+$`),
    );
    expect(envelopeOf(url)).toMatchObject({ ok: true, value: { host, origin: bench.edge.url, "user-agent": "UA" } });
    expect(headers.cookie).toBe(`pm-session=${token}; SID=1`);
    expect(url).not.toContain(token.slice(0, 40));
    expect(headers["sec-websocket-extensions"] ?? "").not.toContain("deflate");
  });

  test("a secret in the sub-protocol goes on as it is, and so does the origin's choice", async () => {
    const socket = open(bench, token, "/kvm/0", { protocols: ["XsrfTokenValue0123456"] });
    await once(socket, "open");
    expect(socket.protocol).toBe("XsrfTokenValue0123456");
    socket.terminate();
    expect(bench.origin.last().headers["sec-websocket-protocol"]).toBe("XsrfTokenValue0123456");
  });

  test("without an offer none is sent", async () => {
    const socket = open(bench, token, "/wss/ircport");
    await once(socket, "open");
    socket.terminate();
    expect(bench.origin.last().headers["sec-websocket-protocol"]).toBeUndefined();
  });

  test("a page's own envelope becomes real headers, never over genuine ones", async () => {
    const own = encodeURIComponent(btoa(JSON.stringify({ "X-Auth-Token": "t1", "X-CSRFTOKEN": "c1" })));
    const socket = open(bench, token, `/sol?a=1&headers=${own}`);
    await once(socket, "open");
    socket.terminate();
    const { url, headers } = bench.origin.last();
    expect(headers).toMatchObject({ "x-auth-token": "t1", "x-pm-auth-token": "t1", "x-csrftoken": "c1" });
    expect(parseWebSocketPath(url, false)?.target).toBe("/sol?a=1");
  });

  test("a page's envelope with other headers is refused", async () => {
    const own = encodeURIComponent(btoa(JSON.stringify({ "X-PM-Host": "10.0.0.1" })));
    expect(await refusal(open(bench, token, `/sol?headers=${own}`))).toBe(400);
  });

  test("the controller's own status reaches the browser when it refuses", async () => {
    expect(await refusal(open(bench, token, "/locked"))).toBe(409);
  });

  test("a close code and its reason reach the browser", async () => {
    const [code, reason] = await once(open(bench, token, "/bye"), "close");
    expect([code, String(reason)]).toEqual([4001, "sallyport:expired"]);
  });

  test("a message of a mebibyte passes both ways", async () => {
    const socket = open(bench, token, "/kvm");
    const message = "x".repeat(1024 * 1024);
    expect((await echo(socket, message)) === message).toBe(true);
    socket.terminate();
  });

  test.each([
    ["a foreign Origin", { origin: "https://evil.example.test" }],
    ["a sibling host's Origin", { origin: "http://127.0.0.1:1" }],
    ["a cross-site Sec-Fetch-Site", { "sec-fetch-site": "cross-site" }],
  ])("%s is refused", async (_, headers) => {
    expect(await refusal(open(bench, token, "/kvm", { headers }))).toBe(403);
  });

  test("no Origin is refused", async () => {
    const socket = new WebSocket(`${bench.edge.url.replace("http", "ws")}/kvm`, {
      headers: { cookie: `__Host-pm-session=${token}` },
    });
    expect(await refusal(socket)).toBe(403);
  });
});
