import { decodeEnvelope, encodeEnvelope, LEGACY_HEADERS } from "@sallyport/shared";
import { expect, test } from "vitest";
import { readEnvelope } from "../../src/entrypoints/web/envelopes.ts";

const written = (headers: Record<string, string>) => encodeEnvelope(headers);

/** Whether the second reading gives the first one's object, however its text came to be. */
function isRemembered(headers: Record<string, string>): boolean {
  const first = readEnvelope(written(headers));
  expect(first).toEqual(decodeEnvelope(written(headers), LEGACY_HEADERS));
  return readEnvelope(written(headers)) === first;
}

test("the same envelope is the same object, another one is not", () => {
  expect(isRemembered({ host: "k7.example", origin: "https://k7.example" })).toBe(true);
  expect(readEnvelope(written({ host: "k8.example" }))).toMatchObject({ value: { host: "k8.example" } });
  expect(readEnvelope(written({ host: "k7.example" }))).toMatchObject({ value: { host: "k7.example" } });
});

test("what holds a secret of an original edge's is read each time", () => {
  expect(isRemembered({ host: "k7.example", cookie: "QSESSIONID=1" })).toBe(false);
  expect(isRemembered({ host: "k7.example", "sec-websocket-protocol": "XSRF-1" })).toBe(false);
});

test("so is what is long", () => {
  expect(isRemembered({ host: "k7.example", "user-agent": "x".repeat(2_000) })).toBe(false);
});

test("a refusal stays one", () => {
  for (let round = 0; round < 2; round++) {
    expect(readEnvelope(written({ forwarded: "for=x" }))).toMatchObject({ ok: false, reason: "envelope-header" });
  }
});

test("nobody fills memory with envelopes of his own: the first ones are forgotten", () => {
  const first = readEnvelope(written({ host: "first.example" }));
  for (let count = 0; count < 64; count++) readEnvelope(written({ host: `k${count}.filler.example` }));
  const again = readEnvelope(written({ host: "first.example" }));
  expect(again).toEqual(first);
  expect(again).not.toBe(first);
});
