import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { request } from "node:https";
import { pipeline } from "node:stream/promises";
import { createGzip, type Gzip, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { mintToken } from "../../support/tokens.ts";
import { startHttpController, startHttpsController } from "./support.ts";
import { GROWTH, PAYLOAD, payloadOf, type ServingGateway, startServing, TOTAL } from "./volume-support.ts";

const TIMEOUT = { timeout: 120_000 };

/** How the gateway speaks with the controller. */
type Scheme = "http" | "https";

/** All the bytes, one payload after the other, as fast as they are taken. */
function* payloads(): Generator<Buffer> {
  for (let index = 0; index * PAYLOAD < TOTAL; index += 1) yield payloadOf(index);
}

/** Reads to the end and checks every byte, standing still now and then, as a slow reader does. */
async function checkSlowly(source: AsyncIterable<Buffer>, gateway: ServingGateway): Promise<void> {
  let at = 0;
  let expected: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    for (let seen = 0; seen < chunk.length; ) {
      const within = at % PAYLOAD;
      if (within === 0) expected = payloadOf(at / PAYLOAD);
      const length = Math.min(chunk.length - seen, PAYLOAD - within);
      const same = chunk.subarray(seen, seen + length).equals(expected.subarray(within, within + length));
      if (!same) throw new Error(`bytes from ${at} on are not what was sent`);
      at += length;
      seen += length;
    }
    gateway.measure();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  expect(at).toBe(TOTAL);
}

interface Asking {
  readonly method: string;
  readonly port: number;
  readonly scheme: Scheme;
  readonly platform?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** A request to the controller; its body is to be written, its answer to be waited for. */
async function ask(gateway: ServingGateway, { method, headers, ...claims }: Asking) {
  const token = await mintToken(claims);
  const answered = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    host: "127.0.0.1",
    port: gateway.port,
    ca: gateway.ca,
    servername: "localhost",
    agent: false,
    method,
    path: "/",
    headers: {
      "X-PM-Host": "127.0.0.1",
      Cookie: `pm-session=${token}`,
      ...headers,
    },
  });
  outgoing.on("response", answered.resolve).on("error", answered.reject);
  return { outgoing, answered: answered.promise };
}

type Answer = Parameters<typeof startHttpController>[0];

function startController(scheme: Scheme, answer: Answer) {
  return scheme === "https" ? startHttpsController(answer) : startHttpController(answer);
}

describe.each(["http", "https"] as const)("64 MiB, %s behind, byte-exact and memory flat", (scheme) => {
  test("down to a slow reader: with its length, in chunks, to the connection's end", TIMEOUT, async () => {
    await using gateway = await startServing();
    for (const framing of ["length", "chunks", "end"]) {
      await using controller = await startController(scheme, (_, response) => {
        response.useChunkedEncodingByDefault = framing !== "end";
        response.writeHead(200, framing === "length" ? { "Content-Length": TOTAL } : {});
        sendAll(response);
      });
      const { outgoing, answered } = await ask(gateway, { method: "GET", port: controller.port, scheme });
      outgoing.end();
      await checkSlowly(await answered, gateway);
    }
    expect(gateway.growth).toBeLessThan(GROWTH);
  });

  test("unpacked for a slow reader that takes no gzip", TIMEOUT, async () => {
    await using gateway = await startServing();
    await using controller = await startController(scheme, (_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      sendAll(response, createGzip({ level: 1 }));
    });
    const { outgoing, answered } = await ask(gateway, { method: "GET", port: controller.port, scheme });
    outgoing.end();
    await checkSlowly(await answered, gateway);
    expect(gateway.growth).toBeLessThan(GROWTH);
  });

  test.each([{}, { "Content-Length": TOTAL }])("up to a slow controller, %o", TIMEOUT, async (headers) => {
    await using gateway = await startServing();
    await using controller = await startController(scheme, (message, response) => {
      checkSlowly(message, gateway).then(
        () => response.writeHead(204).end(),
        (error: Error) => response.writeHead(500).end(error.message),
      );
    });
    const { outgoing, answered } = await ask(gateway, { method: "POST", port: controller.port, scheme, headers });
    await pipeline(payloads(), outgoing);
    expect((await answered).statusCode).toBe(204);
    expect(gateway.growth).toBeLessThan(GROWTH);
  });

  test("a page of 3 MiB that is changed on its way is whole but for the change", TIMEOUT, async () => {
    const page = `${PAGE_START}${Array.from({ length: 300_000 }, (_, at) => `${at} bytes`).join()}`;
    await using gateway = await startServing();
    await using controller = await startController(scheme, (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html", "Content-Encoding": "gzip" });
      response.end(gzipSync(page));
    });
    const asking = { method: "GET", port: controller.port, scheme, platform: "xcc" };
    const { outgoing, answered } = await ask(gateway, asking);
    outgoing.end();
    const text = (await slowly(await answered)).toString();
    expect(text.replace(OUR_SCRIPT, "") === page, "all but the script is the controller's").toBe(true);
    expect(text.length).toBeGreaterThan(page.length);
  });
});

const PAGE_START = "<!doctype html><html><head><title>a page</title></head><body>";
const OUR_SCRIPT = /<script src="\/\.sallyport\/[^<]*<\/script>/;

/** All of it, standing still behind each piece. */
async function slowly(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) {
    pieces.push(piece);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  return Buffer.concat(pieces);
}

/** Sends all of it, packed where a packer is given; a client that goes early shows at the client. */
function sendAll(response: ServerResponse, packer?: Gzip): void {
  const sent = packer ? pipeline(payloads(), packer, response) : pipeline(payloads(), response);
  sent.catch(() => response.destroy());
}
