import { afterAll, beforeAll, expect, test } from "vitest";
import { type Attack, startAttack } from "../../security/attack.ts";
import { statusesOf } from "../../support/raw-http.ts";

let attack: Attack;
beforeAll(async () => {
  attack = await startAttack();
  attack.controller.answer = () => "HTTP/1.1 409 Busy\r\nContent-Length: 4\r\nX: y\r\n\r\nbusy";
});
afterAll(() => attack[Symbol.asyncDispose]());

/** What a client got of an upgrade and its controller saw, but for what is another one each time. */
async function run(...pieces: readonly string[]): Promise<{ answer: string; seen: readonly string[] }> {
  const before = attack.controller.received.length;
  const answer = await attack.send(...pieces);
  await attack.controller.idle();
  const seen = attack.controller.received.slice(before);
  return {
    answer: answer.replace(/^(?:date|x-pm-request): .*$/gim, ""),
    seen: seen.map((text) => text.replace(/^sec-websocket-key: .*$/im, "")),
  };
}

const plain = () => attack.upgradeHead();

test.each([
  ["is in order", plain, 409],
  ["has more headers", () => attack.upgradeHead(["Accept: */*", "X-a: 1", "x-A: 2, 3"]), 409],
  ["offers protocols", () => attack.upgradeHead(["Sec-WebSocket-Protocol: a, b"]), 409],
  ["has no token", () => plain().replace(/^Cookie: .*\r\n/m, ""), 401],
  ["has a bad key", () => plain().replace("AAAA==", "A=="), 400],
  ["has a header twice that routes", () => attack.upgradeHead(["X-PM-Wire: 2"]), 400],
  ["has no envelope", () => plain().replace("?headers=", "?header="), 400],
  ["leads to another controller", () => plain().replace("/127.0.0.1/", "/127.0.0.2/"), 401],
  ["has an Origin beside its envelope's", () => attack.upgradeHead(["Origin: https://evil.example"]), 409],
  ["has more headers than are let in", () => attack.upgradeHead(Array(260).fill("X: y")), 431],
] as const)("an upgrade that %s means the same whoever reads it", async (_, text, status) => {
  const whole = text();
  const once = await run(whole);
  // What comes in two pieces Node's own parser reads.
  const twice = await run(whole.slice(0, 40), whole.slice(40));
  expect(once).toEqual(twice);
  expect(statusesOf(once.answer)).toEqual([status]);
});
