import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { request } from "node:https";
import { pipeline } from "node:stream/promises";
import { createGzip, type Gzip } from "node:zlib";
import { expect, test } from "vitest";
import { mintToken } from "../../support/tokens.ts";
import { startHttpController, startHttpsController } from "./support.ts";
import { GROWTH, PAYLOAD, payloadOf, type ServingGateway, startServing, TOTAL } from "./volume-support.ts";

const TIMEOUT = { timeout: 120_000 };

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
  readonly headers?: OutgoingHttpHeaders;
  /** The controller speaks TLS. */
  readonly secure?: boolean;
}

/** A request to the controller; its body is to be written, its answer to be waited for. */
async function ask(gateway: ServingGateway, asking: Asking) {
  const token = await mintToken({ port: asking.port, scheme: asking.secure ? "https" : "http" });
  const answered = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    host: "127.0.0.1",
    port: gateway.port,
    ca: gateway.ca,
    servername: "localhost",
    agent: false,
    method: asking.method,
    path: "/",
    headers: {
      "X-PM-Host": "127.0.0.1",
      Cookie: `pm-session=${token}`,
      ...asking.headers,
    },
  });
  outgoing.on("response", answered.resolve).on("error", answered.reject);
  return { outgoing, answered: answered.promise };
}

test("64 MiB down to a slow reader, with its length and in chunks: byte-exact, memory flat", TIMEOUT, async () => {
  await using gateway = await startServing();
  for (const headers of [{ "Content-Length": TOTAL }, {}]) {
    await using controller = await startHttpController((_, response) => {
      response.writeHead(200, headers);
      sendAll(response);
    });
    const { outgoing, answered } = await ask(gateway, { method: "GET", port: controller.port });
    outgoing.end();
    await checkSlowly(await answered, gateway);
  }
  expect(gateway.growth).toBeLessThan(GROWTH);
});

test("64 MiB down from a controller over TLS to a slow reader: byte-exact, memory flat", TIMEOUT, async () => {
  await using gateway = await startServing();
  await using controller = await startHttpsController((_, response) => sendAll(response));
  const { outgoing, answered } = await ask(gateway, { method: "GET", port: controller.port, secure: true });
  outgoing.end();
  await checkSlowly(await answered, gateway);
  expect(gateway.growth).toBeLessThan(GROWTH);
});

test("64 MiB unpacked for a slow reader that takes no gzip: byte-exact, memory flat", TIMEOUT, async () => {
  await using gateway = await startServing();
  await using controller = await startHttpController((_, response) => {
    response.writeHead(200, { "Content-Encoding": "gzip" });
    sendAll(response, createGzip({ level: 1 }));
  });
  const { outgoing, answered } = await ask(gateway, { method: "GET", port: controller.port });
  outgoing.end();
  await checkSlowly(await answered, gateway);
  expect(gateway.growth).toBeLessThan(GROWTH);
});

test.each([{}, { "Content-Length": TOTAL }])(
  "64 MiB up to a slow controller, %o: byte-exact, memory flat",
  TIMEOUT,
  async (headers) => {
    await using gateway = await startServing();
    await using controller = await startHttpController((message, response) => {
      checkSlowly(message, gateway).then(
        () => response.writeHead(204).end(),
        (error: Error) => response.writeHead(500).end(error.message),
      );
    });
    const { outgoing, answered } = await ask(gateway, { method: "POST", port: controller.port, headers });
    await pipeline(payloads(), outgoing);
    expect((await answered).statusCode).toBe(204);
    expect(gateway.growth).toBeLessThan(GROWTH);
  },
);

/** Sends all of it, packed where a packer is given; a client that goes early shows at the client. */
function sendAll(response: ServerResponse, packer?: Gzip): void {
  const sent = packer ? pipeline(payloads(), packer, response) : pipeline(payloads(), response);
  sent.catch(() => response.destroy());
}
