import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gate, startGate } from "./support.ts";

let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

async function seen(platform: string | undefined, headers: Record<string, string>) {
  const token = await gate.token(platform === undefined ? {} : { platform });
  expect((await gate.send({ token, headers: { "X-PM-Token": "key", ...headers } })).status).toBe(200);
  return gate.reached.at(-1)?.headers["x-auth-token"];
}

test("X-PM-Token becomes X-Auth-Token for an iLO's own page, and for nobody else's (P-05, mended)", async () => {
  expect(await seen("ilo5", { "Sec-Fetch-Site": "same-origin" })).toBe("key");
  expect(await seen("ilo5", {})).toBeUndefined();
  expect(await seen("ilo5", { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate" })).toBeUndefined();
  expect(await seen(undefined, { "Sec-Fetch-Site": "same-origin" })).toBeUndefined();
  expect(await seen("ilo5", { "Sec-Fetch-Site": "same-origin", "X-Auth-Token": "genuine" })).toBe("genuine");
  expect(await seen(undefined, { "X-PM-Auth-Token": "spare" })).toBe("spare");
});
