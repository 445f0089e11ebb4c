import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { type Certificate, makeAuthority } from "../../../../test/support/certificates.ts";
import { CertificateReadings } from "../../src/identity/certificate-readings.ts";
import { identifyBy } from "../../src/identity/client-certificate.ts";

const authority = await makeAuthority();
const other = await makeAuthority({ name: "Other" });
const identify = identifyBy([{ from: "common-name", pattern: "{user}@{group}", group: undefined }]);

const client = (name: string) => authority.issue({ subject: `CN=${name}`, names: [], usage: "client" });
/** Each handshake shows a certificate as an object of its own. */
const show = ({ cert }: Certificate) => new X509Certificate(cert);

function under({ cert }: { cert: string }, generation?: number): CertificateReadings {
  const more = generation === undefined ? {} : { generation };
  return new CertificateReadings({ authorities: [new X509Certificate(cert)], identify, ...more });
}

test("a certificate that comes again is not read again, and another one of the same name is", async () => {
  const readings = under(authority);
  const [first, second] = [await client("alice@engineering"), await client("alice@engineering")];
  const reading = readings.read(show(first));
  expect(readings.read(show(first))).toBe(reading);
  expect(readings.read(show(second)).fingerprint).toBe(show(second).fingerprint256);
  expect(readings.read(show(second)).keys[0]).not.toBe(reading.keys[0]);
});

test("a reading says what the certificate says", async () => {
  const leaf = show(await client("alice@engineering"));
  const reading = under(authority).read(leaf);
  expect(reading).toMatchObject({
    fingerprint: leaf.fingerprint256,
    validFrom: leaf.validFromDate.getTime() / 1000,
    validUntil: leaf.validToDate.getTime() / 1000,
    principal: { ok: true, value: { id: "alice@engineering", user: "alice", groups: ["engineering"] } },
  });
  expect(reading.keys).toHaveLength(2);
});

test("what rests on none of the authorities has no chain, whatever others said of it", async () => {
  const certificate = await client("alice@engineering");
  expect(under(authority).read(show(certificate)).chain.ok).toBe(true);
  expect(under(other).read(show(certificate)).chain).toMatchObject({ ok: false, reason: "certificate-untrusted" });
});

test("however many certificates come, two generations are remembered, and who comes again stays", async () => {
  const readings = under(authority, 2);
  const regular = await client("regular@engineering");
  const reading = readings.read(show(regular));
  for (let count = 0; count < 6; count++) {
    readings.read(show(await client(`guest${count}@engineering`)));
    expect(readings.read(show(regular))).toBe(reading);
    expect(readings.size).toBeLessThanOrEqual(4);
  }
});

test("what was sent with a certificate is part of what is remembered, unless it is much", async () => {
  const readings = under(authority);
  const regular = await client("alice@engineering");
  const sent = (...others: { cert: string }[]) => {
    const shown = [regular, ...others].map(({ cert }) => new X509Certificate(cert));
    for (const [at, one] of shown.entries()) Object.defineProperty(one, "issuerCertificate", { value: shown[at + 1] });
    return readings.read(shown[0] ?? show(regular));
  };
  expect(sent(authority)).toBe(sent(authority));
  expect(sent(authority)).not.toBe(sent());
  expect(sent(other)).not.toBe(sent(authority));
  expect(sent(other, other, other, other)).not.toBe(sent(other, other, other, other));
});

test("what is long is read, and not remembered: whoever has a certificate cannot fill memory by what comes with it", async () => {
  const readings = under(authority);
  const leaf = show(await client("alice@engineering"));
  const names = Array.from({ length: 600 }, (_, at) => `a-name-of-no-use-${at}.example.test`);
  const long = show(await other.issue({ names }));
  expect(long.raw.length).toBeGreaterThan(12 * 1024);
  Object.defineProperty(leaf, "issuerCertificate", { value: long });
  expect(readings.read(leaf)).toMatchObject({ principal: { ok: true }, chain: { ok: true } });
  expect(readings.size).toBe(0);
});
