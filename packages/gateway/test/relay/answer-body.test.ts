import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type BodyTreatment, beginAnswer } from "../../src/relay/answer-body.ts";

const PAGE = Array.from({ length: 30_000 }, (_, at) => `${at}`).join();
const PIECE = 10_000;

/** What a client gets of a body whose pieces come in the same place, one after the other. */
async function passed(body: Buffer, treatment: BodyTreatment): Promise<string> {
  const place = Buffer.alloc(PIECE);
  const server = createServer((_, response) => {
    const start = { status: 200, phrase: undefined, head: ["Content-Type", "text/html"] };
    const answer = beginAnswer(response, start, { treatment, onReady: () => {} });
    for (let at = 0; at < body.length; at += PIECE) {
      const length = body.copy(place, 0, at, at + PIECE);
      answer.write(place.subarray(0, length), at + PIECE >= body.length);
    }
    place.fill("!");
    void answer.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const [answer] = (await once(get({ host: "127.0.0.1", port, agent: false }), "response")) as [IncomingMessage];
    return await text(answer);
  } finally {
    server.close();
    await once(server, "close");
  }
}

test.each<[string, Buffer, BodyTreatment]>([
  ["sent on as it came", Buffer.from(PAGE), { gzipped: false, unpack: false, edit: undefined }],
  ["unpacked", gzipSync(PAGE), { gzipped: true, unpack: true, edit: undefined }],
  ["edited", Buffer.from(PAGE), { gzipped: false, unpack: false, edit: (page) => page }],
])("a body that is %s is nowhere what was read after it", async (_, body, treatment) => {
  expect((await passed(body, treatment)) === PAGE).toBe(true);
});

test("a body that is edited is under way until its client has taken it, or is gone", async () => {
  const page = Buffer.alloc(1024 * 1024, "x");
  let isOver = false;
  const over = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    const edit = (body: string) => body.repeat(32);
    const start = { status: 200, phrase: undefined, head: ["Content-Type", "text/html"] };
    const answer = beginAnswer(response, start, {
      treatment: { gzipped: false, unpack: false, edit },
      onReady: () => {},
    });
    answer.write(page, true);
    void answer.end()?.then(() => {
      isOver = true;
      over.resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [answer] = (await once(get({ host: "127.0.0.1", port, agent: false }), "response")) as [IncomingMessage];
  expect(isOver).toBe(false);
  answer.destroy();
  await over.promise;
  server.close();
  await once(server, "close");
});
