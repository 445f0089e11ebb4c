import { createHash, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeAuthority, makeCertificate, spkiPin } from "../support/certificates.ts";

test.each(["ec-p256", "rsa-2048", "rsa-1024"] as const)("a %s leaf verifies under its authority", async (key) => {
  const { cert, ca, pin } = await makeCertificate({ key, names: ["127.0.0.2", "::1", "bmc.example.com"] });
  const leaf = new X509Certificate(cert);
  const issuer = new X509Certificate(ca);
  expect(leaf.verify(issuer.publicKey)).toBe(true);
  expect(leaf.checkIssued(issuer)).toBe(true);
  expect(leaf.checkIP("127.0.0.2")).toBe("127.0.0.2");
  expect(leaf.checkHost("bmc.example.com")).toBe("bmc.example.com");
  expect(leaf.checkHost("other.example.com")).toBeUndefined();
  const spki = leaf.publicKey.export({ type: "spki", format: "der" });
  expect(pin).toBe(createHash("sha256").update(spki).digest("base64url"));
  expect(spkiPin(ca)).not.toBe(pin);
});

test("an expired leaf was valid once", async () => {
  const { cert } = await makeCertificate({ notAfter: new Date(Date.now() - 86_400_000) });
  const { validFromDate, validToDate } = new X509Certificate(cert);
  expect(validToDate.getTime()).toBeLessThan(Date.now());
  expect(validFromDate.getTime()).toBeLessThan(validToDate.getTime());
});

test("one authority issues for clients too, with the names and the subject asked for", async () => {
  const authority = await makeAuthority({ name: "Clients" });
  const names = ["spiffe://example.com/a", "a@example.com"];
  const leaf = new X509Certificate((await authority.issue({ names, subject: "CN=a,OU=admin", usage: "client" })).cert);
  expect(leaf.subject).toBe("CN=a\nOU=admin");
  expect(leaf.subjectAltName).toBe("URI:spiffe://example.com/a, email:a@example.com");
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(leaf.issuer).toBe("CN=Clients");
});
