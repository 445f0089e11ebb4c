import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attack, startAttack } from "../../security/attack.ts";
import { statusesOf } from "../../support/raw-http.ts";
import { bodies } from "./bodies.ts";
import type { HttpCase } from "./case.ts";
import { headers } from "./headers.ts";
import { requestLines } from "./request-line.ts";

let attack: Attack;
beforeAll(async () => {
  attack = await startAttack();
  attack.controller.patient = true;
  // Each message is judged by what it brings to the controller: one connection each.
  attack.controller.answer = () => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
});
afterAll(() => attack[Symbol.asyncDispose]());

const auth = () => `Cookie: pm-session=${attack.token}\r\nX-PM-Host: 127.0.0.1\r\nConnection: close\r\n`;

/** What the client got and the controller saw of one message. */
async function run({ bytes }: HttpCase): Promise<{ statuses: readonly number[]; seen: readonly string[] }> {
  const before = attack.controller.received.length;
  const statuses = statusesOf(await attack.send(bytes(auth())));
  await attack.controller.idle();
  return { statuses, seen: attack.controller.received.slice(before) };
}

const refusals = [400, 401, 403, 405, 411, 413, 414, 417, 431, 501, 505];

describe.each([
  ["request lines", requestLines],
  ["header sections", headers],
  ["bodies", bodies],
] as const)("%s", (_, cases) => {
  test.each(cases.filter((one) => one.expect === "refused"))("refused: $name ($source)", async (one) => {
    const { statuses, seen } = await run(one);
    expect(seen).toEqual([]);
    expect(statuses).toHaveLength(1);
    expect(refusals).toContain(statuses[0]);
  });

  test.each(cases.filter((one) => one.expect === "cut"))("cut: $name ($source)", async (one) => {
    const { statuses, seen } = await run(one);
    expect(seen.join("")).not.toMatch(/(?:^|\r\n)0\r\n\r\n$/);
    expect(statuses).toEqual([400]);
  });

  test.each(cases.filter((one) => one.expect === "passes"))("passes: $name ($source)", async (one) => {
    const { statuses, seen } = await run(one);
    expect(statuses).toEqual([200]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(one.seen ?? /^/);
  });
});
