import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bytes } from "../../support/raw-websocket.ts";
import { type EdgeBench, edgeToken, startEdgeBench } from "./support.ts";

let bench: EdgeBench;
let token: string;
beforeAll(async () => {
  bench = await startEdgeBench();
  token = await edgeToken();
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Sent {
  readonly method?: string;
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** Sends a request as bytes, which no client library would let through, and takes the answer's head. */
async function send(target: string, { method = "GET", host, headers = [], body = "" }: Sent = {}) {
  const { hostname, port, host: own } = new URL(bench.edge.url);
  const before = bench.origin.received.length;
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const cookie = `Cookie: __Host-pm-session=${token}`;
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host ?? own}`, cookie, "Connection: close", ...headers];
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  const head = await new Bytes(socket).takeUntil("\r\n\r\n");
  socket.destroy();
  const arrived = bench.origin.received.length > before ? bench.origin.last() : undefined;
  return { status: Number(head.split(" ")[1]), head, arrived };
}

/** The table of docs/edge.md. */
describe("P-08: a path and query arrive byte for byte", () => {
  test.each([
    ...["/a//b", "//a/b", "/a/..%2fb", "/a%5Cb", "/a%2Fb", "/a%2fb", "/%41", "/a%zz", "/a%", "/a%00b", "/a%E9"],
    ...["/a;b=c", "/a|b", "/a'b", "/a[b]", "/~a_!$&'()*+,;=:@", "/a?", "/a?x=%zz", "/a?x=a+b%20c", "/a?&&=&"],
    ...["/a?x={y}|^[]\\`", "/a?x=%E9", "/a?x=1?y=2", "/a?redirect=https://x/../y"],
  ])("%s", async (target) => {
    expect((await send(target)).arrived?.url).toBe(target);
  });
});

describe("or as a URL parser writes them", () => {
  test.each([
    ["/a/./b", "/a/b"],
    ["/a/../b", "/b"],
    ["/a/%2e%2E/b", "/b"],
    ["/..", "/"],
    ["/a\\b", "/a/b"],
    ['/a"b', "/a%22b"],
    ["/a{b}", "/a%7Bb%7D"],
    ["/a^b", "/a%5Eb"],
    ["/a?x='y'", "/a?x=%27y%27"],
    ["/aé", "/a%C3%A9"],
    ["/a?x=é", "/a?x=%C3%A9"],
    ["/a?b#c", "/a?b"],
    ["http://elsewhere.example.test/a?b", "/a?b"],
  ])("%s as %s", async (target, expected) => {
    expect((await send(target)).arrived?.url).toBe(expected);
  });

  test.each(["/a<b>", "/a`b", '/a?x="y"', "/a?x=<y>", "/a b", "/a\tb", "/a\u0001b", "*"])(
    "or not at all: %j is a 400",
    async (target) => {
      expect(await send(target)).toMatchObject({ status: 400, arrived: undefined });
    },
  );
});

describe("methods and bodies", () => {
  test.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])("%s goes on", async (method) => {
    expect((await send("/m", { method })).arrived?.method).toBe(method);
  });

  test("TRACE does not", async () => {
    expect(await send("/m", { method: "TRACE" })).toMatchObject({ status: 405, arrived: undefined });
  });

  test.each([
    ["a length", ["Content-Length: 2"], "hi"],
    ["chunks", ["Transfer-Encoding: chunked"], "2\r\nhi\r\n0\r\n\r\n"],
  ])("a GET with a body, by %s, does not", async (_, headers, body) => {
    expect(await send("/m", { headers, body })).toMatchObject({ status: 400, arrived: undefined });
  });

  test("an upgrade by another method than GET does not", async () => {
    const headers = ["Upgrade: websocket", `Origin: ${bench.edge.url}`, "Content-Length: 0"];
    const handshake = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"];
    const sent = await send("/m", { method: "POST", headers: [...headers, ...handshake] });
    expect(sent).toMatchObject({ status: 400, arrived: undefined });
  });

  test("what concerns one hop only stays there; the rest goes on, odd names and bytes too", async () => {
    const hop = ["Upgrade: h2c", "TE: trailers", "Expect: 100-continue", "Keep-Alive: timeout=5"];
    const end = ['user: "root"', "CSRF_TOKEN: t", "X-Odd: é", "Accept-Encoding: gzip", 'If-None-Match: "1"'];
    const { arrived } = await send("/h", { headers: [...hop, ...end] });
    for (const name of ["upgrade", "te", "expect", "keep-alive"]) expect(arrived?.headers[name]).toBeUndefined();
    expect(arrived?.headers).toMatchObject({
      user: '"root"',
      csrf_token: "t",
      "accept-encoding": "gzip",
      "if-none-match": '"1"',
    });
    expect(Buffer.from(String(arrived?.headers["x-odd"]), "latin1").toString()).toBe("é");
  });
});

describe("without TLS, from beyond this machine", () => {
  test("a link leads to https, and nothing is set or sent on", async () => {
    const { status, head, arrived } = await send(`/gpsession?token=${token}`, { host: "k7.example.test" });
    expect([status, arrived]).toEqual([308, undefined]);
    expect(head).toContain(`Location: https://k7.example.test/gpsession?token=${token}\r\n`);
    expect(head).not.toMatch(/set-cookie/i);
  });

  test("nothing else is taken", async () => {
    expect((await send("/x", { host: "k7.example.test", method: "POST" })).status).toBe(400);
  });
});
