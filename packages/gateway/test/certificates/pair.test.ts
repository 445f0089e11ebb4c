import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "../../../../test/support/certificates.ts";
import { CertificateError, checkPair, pairWarnings } from "../../src/certificates/pair.ts";

test("a chain with its key passes", async () => {
  const { cert, key, ca } = await makeCertificate();
  const pair = checkPair({ cert: `${cert}\n${ca}`, key });
  expect(pair.leaf.subject).toBe("CN=localhost");
  expect(pairWarnings(pair, Date.now())).toEqual([]);
});

test("an expired or future certificate works with a warning", async () => {
  const expired = checkPair(await makeCertificate({ notAfter: new Date(Date.now() - 1000) }));
  expect(pairWarnings(expired, Date.now())).toEqual([expect.stringContaining("expired on 20")]);
  const start = new Date(Date.now() + 3_600_000);
  const future = checkPair(await makeCertificate({ notBefore: start }));
  expect(pairWarnings(future, Date.now())).toEqual([expect.stringContaining("not valid before")]);
});

test.each([
  ["made for 90 days, 13 left", 90, 13, true],
  ["made for 90 days, 20 left", 90, 20, false],
  ["made for 6 days, 2 left", 6, 2, false],
  ["made for 6 days, 1 left", 6, 1, true],
])("a certificate whose renewal is late is told of: %s", async (_, days, left, told) => {
  const day = 86_400_000;
  const now = Date.now();
  const notBefore = new Date(now - (days - left) * day);
  const pair = checkPair(await makeCertificate({ notBefore, notAfter: new Date(now + left * day) }));
  expect(pairWarnings(pair, now)).toEqual(told ? [expect.stringContaining("was not renewed yet")] : []);
});

test("what cannot work is refused with its cause", async () => {
  const [one, two] = [await makeCertificate(), await makeCertificate()];
  const authority = await makeAuthority();
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  const cases: [string, string, string][] = [
    [one.cert, two.key, "does not belong"],
    [`${authority.cert}\n${one.cert}`, one.key, "must come first"],
    ["", one.key, "no PEM certificate"],
    [`${one.cert}\n${broken}`, one.key, "certificate 2 of the chain"],
    [one.cert, "nothing", "no PEM private key"],
    [one.cert, privateKey, "encrypted"],
  ];
  for (const [cert, key, message] of cases) {
    expect(() => checkPair({ cert, key })).toThrow(CertificateError);
    expect(() => checkPair({ cert, key })).toThrow(message);
  }
});
