import fc from "fast-check";
import { jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import { readClaims, toBase64Url, utf8, verifyAssertion } from "../../src/index.ts";
import { CLAIMS, mint, NOW, SECRET, withPart } from "../cases/mint.ts";
import { secretVerifier } from "../cases/token-signatures.ts";

const verifier = secretVerifier();

test("no text makes the verifier throw, and none is let in", async () => {
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."ABab01-_"), maxLength: 20 }),
    fc.json().map((text) => toBase64Url(utf8(text))),
  );
  const texts = fc.oneof(
    fc.string(),
    fc.tuple(part, part, part).map((parts) => parts.join(".")),
  );
  const property = fc.asyncProperty(texts, async (text) => {
    expect((await verifier.verify(text, NOW)).ok).toBe(false);
    expect((await verifyAssertion(text, [SECRET], NOW)).ok).toBe(false);
  });
  await fc.assert(property, { numRuns: 1000 });
});

test("no other character anywhere in a token verifies", async () => {
  const token = await mint();
  const property = fc.asyncProperty(
    fc.nat(token.length - 1),
    fc.string({ unit: "binary-ascii", minLength: 0, maxLength: 1 }),
    async (at, other) => {
      fc.pre(token[at] !== other);
      const result = await verifier.verify(token.slice(0, at) + other + token.slice(at + 1), NOW);
      expect(result.ok).toBe(false);
    },
  );
  await fc.assert(property, { numRuns: 1000 });
});

test("any JSON as payload is read or refused, and what is read is exactly what the claims may hold", () => {
  const names = [
    "exp",
    "ip",
    "port",
    "ports",
    "upstream",
    "aud",
    "spki",
    "max",
    "nbf",
    "__proto__",
    "constructor",
    "x",
  ];
  const payload = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { noNullPrototype: true });
  const property = fc.property(
    fc.oneof(
      payload,
      payload.map((more) => ({ ...CLAIMS, ...more })),
      fc.jsonValue(),
    ),
    (value) => {
      const result = readClaims(value);
      if (!result.ok) return;
      const known = Object.keys(result.value).every((name) => names.slice(0, 9).includes(name));
      expect([known, typeof result.value.exp, typeof result.value.ip]).toEqual([true, "number", "string"]);
    },
  );
  fc.assert(property, { numRuns: 3000 });
});

test("another library's tokens verify here, and ours with it", async () => {
  const theirs = await new SignJWT({ ip: "10.0.0.1" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(NOW + 60)
    .sign(utf8(SECRET));
  expect(await verifier.verify(theirs, NOW)).toMatchObject({
    ok: true,
    value: { claims: { ip: "10.0.0.1", exp: NOW + 60 } },
  });
  const { payload } = await jwtVerify(await mint(), utf8(SECRET), { currentDate: new Date(NOW * 1000) });
  expect(payload).toEqual(CLAIMS);
});

test("a token of the golang-jwt kind, header members in any order, verifies", async () => {
  const token = await mint(CLAIMS, { header: '{"typ":"JWT","alg":"HS256"}' });
  expect((await verifier.verify(token, NOW)).ok).toBe(true);
  expect(
    (
      await verifier.verify(
        withPart(token, 0, () => toBase64Url(utf8('{"alg":"HS256","typ":"JWT"}'))),
        NOW,
      )
    ).ok,
  ).toBe(false);
});
