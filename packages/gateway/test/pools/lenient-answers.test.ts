import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { lenientAnswers } from "../../src/pools/lenient-answers.ts";

const INTERIM = "HTTP/1.1 100\n\n";
const LAST = "HTTP/1.0 200 OK\nContent-Length: 4\n\nbody and more";

/** What is made of these pieces, each read at once, and how that ended: `end`, or a fault. */
async function made(pieces: readonly string[]): Promise<{ text: string; outcome: string }> {
  const controller = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  const answer = lenientAnswers(controller as Socket);
  let text = "";
  const { promise, resolve } = Promise.withResolvers<string>();
  answer.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  answer.once("end", () => resolve("end")).once("error", (error) => resolve(error.message));
  for (const piece of pieces) controller.push(piece, "latin1");
  controller.push(null);
  const outcome = await promise;
  return { text, outcome };
}

const cut = (text: string, ...places: readonly number[]) =>
  [0, ...places].map((place, index) => text.slice(place, places[index]));

describe("interim answers", () => {
  test("come before the one that counts, wherever the bytes are split", async () => {
    const answer = `${INTERIM}HTTP/1.1 103 Early\r\nLink: a\r\n\r\n${LAST}`;
    const whole = await made([answer]);
    expect(whole).toEqual({
      text:
        "HTTP/1.1 100 \r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n" +
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody",
      outcome: "end",
    });
    for (let first = 1; first < answer.length; first += 1) {
      for (let second = first + 1; second <= answer.length; second += 1) {
        expect(await made(cut(answer, first, second))).toEqual(whole);
      }
    }
  });

  test("are as many as any reader bears", async () => {
    expect(await made([INTERIM.repeat(16) + LAST])).toMatchObject({ outcome: "end" });
    expect(await made([INTERIM.repeat(17) + LAST])).toMatchObject({ outcome: "controller-garbage (interim-flood)" });
  });

  const flood = INTERIM.repeat(4_000);
  test.each([
    ["one piece", [flood]],
    ["a piece for each", Array<string>(4_000).fill(INTERIM)],
    ["a single byte each", [...flood]],
    ["two pieces, the first of which ends within the first head", cut(flood, 5)],
    ["two pieces, the first of which ends within the head's end", cut(flood, INTERIM.length - 1)],
    ["two pieces, the second of which ends the flood", cut(flood, flood.length - 1)],
  ])("are no flood: %s", async (_, pieces) => {
    expect(await made(pieces)).toMatchObject({ outcome: "controller-garbage (interim-flood)" });
  });
});
