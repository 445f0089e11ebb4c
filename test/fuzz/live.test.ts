import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { bodies } from "../conformance/http/bodies.ts";
import { headers } from "../conformance/http/headers.ts";
import { requestLines } from "../conformance/http/request-line.ts";
import { type Attack, startAttack } from "../security/attack.ts";
import { closed, openRaw, statusesOf } from "../support/raw-http.ts";
import { mutate, random } from "./mutate.ts";

/** Mutations of whole HTTP messages, at a gateway that runs. */
let attack: Attack;
beforeAll(async () => {
  attack = await startAttack({ limits: { headMs: 250, bodyMs: 250 } });
});
afterAll(() => attack[Symbol.asyncDispose]());

const DICTIONARY = [
  "\r\n",
  "\n",
  "\r",
  ": ",
  " ",
  "\t",
  "\u0000",
  "HTTP/1.1",
  "Host: a",
  "Transfer-Encoding: chunked",
  "Content-Length: 5",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "0\r\n\r\n",
  "X-PM-Host: 127.0.0.1",
  "Expect: 100-continue",
];
const AT_ONCE = 40;

/** Writes a message and says no more; settles when the gateway has hung up. */
async function throwAt(message: string): Promise<void> {
  const socket = await openRaw(attack.gateway);
  const gone = closed(socket);
  socket.resume().end(message, "latin1");
  await gone;
}

async function throwMany(auth: string, rounds: number, seed: number): Promise<void> {
  const draw = random(seed);
  const corpus = [...requestLines, ...headers, ...bodies]
    .map(({ bytes }) => bytes(auth))
    .filter(({ length }) => length < 4_000);
  for (let round = 0; round < rounds; round++) {
    const messages = Array.from({ length: AT_ONCE }, () => mutate(corpus, DICTIONARY, draw));
    await Promise.all(messages.map(throwAt));
  }
}

const rounds = () => (inject("fuzzMilliseconds") === undefined ? 4 : 60);
const seed = () => (inject("fuzzMilliseconds") === undefined ? 7 : Date.now() % 2 ** 32);

test.each([
  ["without a token", () => "X-PM-Host: 127.0.0.1\r\nConnection: close\r\n"],
  ["with one", () => `Cookie: pm-session=${attack.token}\r\nX-PM-Host: 127.0.0.1\r\nConnection: close\r\n`],
])("%s: nothing breaks, and nobody comes in who may not", async (name, auth) => {
  const before = attack.controller.received.length;
  const chosen = seed();
  await throwMany(auth(), rounds(), chosen);
  const failures = attack.gateway.lines.filter(
    ({ message }) => /failed$/.test(String(message)) && message !== "controller failed",
  );
  expect(
    failures.filter(({ level }) => level === "error"),
    `seed ${chosen}`,
  ).toEqual([]);
  if (name === "without a token") expect(attack.controller.received.length, `seed ${chosen}`).toBe(before);
  expect(statusesOf(await attack.send(attack.head({ lines: ["Connection: close"] })))).toEqual([200]);
});
