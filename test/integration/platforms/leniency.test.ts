import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { type Called, call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";
import { startRawController } from "../relay/support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** What a client gets of these bytes, sent and ended by a controller of this family. */
async function heard(platform: string, answer: string): Promise<Called> {
  await using controller = await startRawController(Buffer.from(answer, "latin1"));
  const token = await mintToken({ port: controller.port, scheme: "http", platform });
  return await call(`https://127.0.0.1:${gateway.port}`, "/", {
    ca: gateway.ca,
    headers: { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` },
  });
}

const odd: readonly { readonly say: string; readonly answer: string; readonly strictly?: number }[] = [
  { say: "fewer bytes than promised", answer: "HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nbody", strictly: 200 },
  { say: "lines that end with a line feed only", answer: "HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 4\n\nbody" },
  { say: "the same length twice", answer: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody" },
  { say: "two lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nbody" },
  { say: "a name with a blank in it", answer: "HTTP/1.1 200 OK\r\nX Odd: 1\r\nContent-Length: 4\r\n\r\nbody" },
  { say: "a blank before the colon", answer: "HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\nbody" },
  { say: "a line without a colon", answer: "HTTP/1.1 200 OK\r\nhello\r\nContent-Length: 4\r\n\r\nbody" },
  { say: "more bytes than promised", answer: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody and more" },
];

describe.each(odd)("an answer with $say", ({ answer, strictly = 502 }) => {
  test("is read from a family that is known for it", async () => {
    expect(await heard("megarac-sp", answer)).toMatchObject({ status: 200, body: "body" });
  });

  test.skipIf(strictly === 200 || answer.includes("and more"))("is refused from any other", async () => {
    expect((await heard("generic", answer)).status).toBe(502);
  });
});

test("from any other family, fewer bytes than promised are a cut that shows", async () => {
  await expect(heard("generic", odd[0]?.answer ?? "")).rejects.toThrow();
});

test("what no browser is told of is not told: lengths, and what stands in lines that are none", async () => {
  const { headers } = await heard("megarac-sp", odd[4]?.answer ?? "");
  expect(headers["content-length"]).toBeUndefined();
  expect(JSON.stringify(headers)).not.toContain("Odd");
});

test("however the bytes are split, the answer is the same, and what comes behind it is nobody's", async () => {
  const answer = "HTTP/1.1 103 Early\n\nHTTP/1.0 200 OK\nX-A: 1\nContent-Length: 4\n\nbody and more";
  await using controller = await startRawController((socket) => {
    const rest = [...answer];
    socket.setNoDelay(true);
    const next = () => {
      const byte = rest.shift();
      if (byte === undefined) socket.end();
      else socket.write(byte, () => setImmediate(next));
    };
    next();
  });
  const token = await mintToken({ port: controller.port, scheme: "http", platform: "megarac-sp" });
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
  const heardBytes = await call(`https://127.0.0.1:${gateway.port}`, "/", { ca: gateway.ca, headers });
  expect(heardBytes).toMatchObject({ status: 200, body: "body", headers: { "x-a": "1" } });
});

test("chunks stay chunks", async () => {
  const chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n4\r\nbody\r\n0\r\n\r\n";
  expect(await heard("megarac-sp", chunked)).toMatchObject({ status: 200, body: "body" });
});

test("an interim answer comes before the one that counts", async () => {
  const both = "HTTP/1.1 103 Early\n\nHTTP/1.1 200 OK\nContent-Length: 4\n\nbody";
  expect(await heard("megarac-sp", both)).toMatchObject({ status: 200, body: "body" });
});

test("a flood of interim answers in one piece is refused, and the gateway lives on", async () => {
  const flood = "HTTP/1.1 100\n\n".repeat(4_600);
  expect((await heard("megarac-sp", flood)).status).toBe(502);
  expect((await heard("megarac-sp", "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody")).status).toBe(200);
});

test.each(["garbage", "", "HTTP/1.1 2 OK\r\n\r\n", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(40_000)}\r\n\r\nbody`])(
  "what is no answer stays none: %.20s",
  async (answer) => {
    expect((await heard("megarac-sp", answer)).status).toBe(502);
  },
);
