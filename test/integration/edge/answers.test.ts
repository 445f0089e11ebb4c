import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Assertion, sha256, verifyAssertion } from "@sallyport/shared";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "../../support/http-client.ts";
import { type EdgeBench, edgeToken, NAVIGATION, startEdgeBench } from "./support.ts";

const EDGE_KEY = "k-jH83_hs72Gd-edge-signing-9wQ5t";
/** One byte behind the end of the stream, as some controllers send: only untouched bytes keep it. */
const PACKED = Buffer.concat([gzipSync("a controller's page ".repeat(100)), Buffer.from([0])]);

let bench: EdgeBench;
let token: string;
beforeAll(async () => {
  bench = await startEdgeBench(
    { EDGE_KEY: `${EDGE_KEY}\nan-older-key-8Hs6-that-gateways-take`, ASSET_CACHE: "private" },
    {
      answer: ({ url, body }, response) => {
        const common = { "X-PM-Request": "r1", "X-PM-Anything": "1" };
        if (url === "/packed") {
          response.writeHead(200, { ...common, "Content-Encoding": "gzip", "Content-Type": "text/html" }).end(PACKED);
        } else if (url === "/head") response.writeHead(200, { ...common, "Content-Length": "55" }).end();
        else if (url === "/none") response.writeHead(304, { ...common, ETag: '"1"' }).end();
        else if (url === "/moved") response.writeHead(302, { ...common, Location: "/x" }).end();
        else if (url === "/cookies") {
          const cookies = ["SID=1; Path=/", "__Host-pm-session=chosen; Path=/; Secure", "pm-session=chosen"];
          response.writeHead(200, { "Set-Cookie": cookies }).end();
        } else response.writeHead(200, common).end(body);
      },
    },
  );
  token = await edgeToken();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** An answer's bytes, nothing unpacked. */
async function bytesOf(path: string): Promise<{ message: IncomingMessage; body: Buffer }> {
  const headers = { cookie: `__Host-pm-session=${token}`, "accept-encoding": "gzip" };
  const [message] = (await once(request(`${bench.edge.url}${path}`, { headers, agent: false }).end(), "response")) as [
    IncomingMessage,
  ];
  return { message, body: await buffer(message) };
}

describe("what the gateway answers", () => {
  test("a packed body passes byte for byte, although its head is edited", async () => {
    const { message, body } = await bytesOf("/packed");
    expect(message.headers["content-encoding"]).toBe("gzip");
    expect(body.equals(PACKED)).toBe(true);
  });

  test("a HEAD keeps its length, a 304 its tag", async () => {
    expect((await bench.get(token, "/head", { method: "HEAD" })).headers["content-length"]).toBe("55");
    expect(await bench.get(token, "/none")).toMatchObject({ status: 304, headers: { etag: '"1"' } });
  });

  test.each(["/packed", "/none", "/x"])("no header between gateway and edge reaches the browser: %s", async (path) => {
    const { headers } = await bench.get(token, path);
    expect(Object.keys(headers).filter((name) => name.startsWith("x-pm-"))).toEqual([]);
  });

  test("a redirect is the browser's to follow", async () => {
    const before = bench.origin.received.length;
    expect(await bench.get(token, "/moved")).toMatchObject({ status: 302, headers: { location: "/x" } });
    expect(bench.origin.received.length).toBe(before + 1);
  });

  test("D-23: Cloudflare's cache, which all customers of a controller would share, is told to keep out", async () => {
    await bench.get(token, "/app.js");
    expect(bench.origin.last().headers).toMatchObject({ "cache-control": "no-cache", pragma: "no-cache" });
  });

  test("a controller cannot set the session's cookie", async () => {
    expect((await bench.get(token, "/cookies")).headers["set-cookie"]).toEqual(["SID=1; Path=/"]);
  });

  test("P-10: a file named by its content may be kept by this browser alone", async () => {
    expect((await bench.get(token, "/app.9f8e7d6c.js")).headers["cache-control"]).toMatch(/^private, max-age=\d+$/);
    expect((await bench.get(token, "/app.js")).headers["cache-control"]).toBeUndefined();
  });
});

describe("the edge's statement about a request", () => {
  const verified = async (): Promise<Assertion> => {
    const assertion = String(bench.origin.last().headers["x-pm-assertion"]);
    const result = await verifyAssertion(assertion, [EDGE_KEY], Date.now() / 1000);
    if (!result.ok) throw new Error(result.reason);
    return result.value;
  };

  test.each(["/a?b", "/a?", "/a/../b'c?d='e'", "//x/%2F?&&", "/aé"])(
    "is about exactly what the gateway gets: %s",
    async (path) => {
      await bench.get(token, encodeRaw(path), { headers: { "cf-connecting-ip": "6.6.6.6" } });
      const { url, headers } = bench.origin.last();
      const { host, port } = new URL(bench.edge.url);
      expect(await verified()).toMatchObject({
        htm: "GET",
        htu: await sha256(url),
        ath: await sha256(token),
        ip: "10.20.3.7",
        port: Number(port),
        pub: `http://${host}`,
        cip: "127.0.0.1",
        sid: headers["x-pm-session"],
      });
    },
  );

  test("is another one for each request", async () => {
    await bench.get(token, "/a");
    const first = await verified();
    await bench.get(token, "/a");
    expect((await verified()).jti).not.toBe(first.jti);
  });
});

/** Node's client takes ASCII alone. */
function encodeRaw(path: string): string {
  return path.replace(/[\u0080-\uffff]/g, encodeURIComponent);
}

test("settings that cannot work are named in the log, and not on the page", async () => {
  await using broken = await startEdgeBench({ JWT_SECRET: "tiny", PROXY_PORT: "x" });
  const program = await call(broken.edge.url, "/");
  expect([program.status, JSON.parse(program.body).error]).toEqual([500, expect.stringContaining("not set up")]);
  const person = await call(broken.edge.url, "/", { headers: NAVIGATION });
  expect(person.status).toBe(500);
  expect(person.body).toContain("Reference:");
  expect(person.body).not.toMatch(/JWT_SECRET|PROXY_PORT/);
  expect(broken.edge.log()).toMatch(/JWT_SECRET has 4 bytes.*PROXY_PORT must be a port/);
  expect(broken.edge.log()).not.toContain("tiny");
});

test("numbers in a wrangler file are ports", async () => {
  await using numbered = await startEdgeBench({ PM_PORT: 5900 });
  await numbered.get(token, "/");
  expect(numbered.origin.last().headers["x-pm-port"]).toBe("5900");
});
