import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { credentials, head, openConnection, startRawController } from "./support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const KIB = 1024;
/** A header's value that is text of Latin-1, and no UTF-8. */
const NAME = "Sch\u00f6n";

/** Every byte there is, again and again, never in step with a power of two. */
function content(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (index + Math.floor(index / 251)) % 256));
}

/** An answer in the pieces in which it is written. */
function pieces(body: Buffer, way: Way): Buffer[] {
  const start = Buffer.from(`HTTP/1.1 200 OK\r\nX-Name: ${NAME}\r\n`, "latin1");
  const length = Buffer.from(`Content-Length: ${body.length}\r\n\r\n`);
  const size = Buffer.from(`Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`);
  const middle = body.length >> 1;
  const ways: Record<Way, Buffer[]> = {
    "as a whole": [Buffer.concat([start, length, body])],
    "behind its head": [Buffer.concat([start, length]), body],
    "in two": [Buffer.concat([start, length, body.subarray(0, middle)]), body.subarray(middle)],
    "in one chunk": [Buffer.concat([start, size, body, Buffer.from("\r\n0\r\n\r\n")])],
  };
  return ways[way];
}

type Way = (typeof WAYS)[number];
const WAYS = ["as a whole", "behind its head", "in two", "in one chunk"] as const;

test.each(WAYS)("a short answer that comes %s is passed on byte by byte, its head too", async (way) => {
  for (const size of [1, 2, 1000, KIB, 8 * KIB - 1, 8 * KIB, 8 * KIB + 1, 20 * KIB]) {
    const body = content(size);
    await using controller = await startRawController(async (socket) => {
      for (const piece of pieces(body, way)) {
        await new Promise((resolve) => socket.write(piece, resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
    const client = openConnection(gateway);
    client.socket.write(head("GET /", { ...(await credentials(controller.port)), Connection: "close" }));
    const all = await client.takeAll();
    const end = all.indexOf("\r\n\r\n");
    expect(all.toString("latin1", 0, end)).toContain(`X-Name: ${NAME}`);
    const sent = all.subarray(end + 4);
    const got = way === "in one chunk" ? unchunked(sent) : sent;
    expect(got.equals(body), `${size} bytes`).toBe(true);
  }
});

/** Chunks put together; their bytes may look like anything, so sizes are gone by. */
function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
