import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeAuthority } from "../../../../test/support/certificates.ts";
import { commonNames } from "../../src/identity/certificate-names.ts";
import { type IdentityRule, identifyBy } from "../../src/identity/client-certificate.ts";

const authority = await makeAuthority();
const commonName: IdentityRule = { from: "common-name", pattern: "{user}@{group}", group: undefined };
const spiffe: IdentityRule = { from: "uri", pattern: "spiffe://example.org/{group}/{user}", group: undefined };
const dns: IdentityRule = { from: "dns", pattern: "{user}.clients.example.org", group: "services" };
const email: IdentityRule = { from: "email", pattern: "{user}@{group}.example.org", group: undefined };

async function identify(rules: readonly IdentityRule[], subject: string, names: readonly string[] = []) {
  const { cert } = await authority.issue({ subject, names });
  const result = identifyBy(rules)({ leaf: new X509Certificate(cert) });
  return result.ok ? result.value.id : result.reason;
}

test.each([
  ["CN=alice@engineering", "alice@engineering"],
  ["CN=alice@engineering,O=Test,C=US", "alice@engineering"],
  ["C=US,O=CN\\=mallory@admin,CN=alice@engineering", "alice@engineering"],
  ["CN=alice smith@engineering", "alice smith@engineering"],
  ["CN=jörg@engineering", "jörg@engineering"],
  ["CN=alice", "certificate-identity"],
  ["CN=@engineering", "certificate-identity"],
  ["CN=alice@", "certificate-identity"],
  ["CN=alice@ ", "certificate-identity"],
  ["CN=a@b@c", "certificate-identity"],
  ["CN=ali/ce@engineering", "certificate-identity"],
  ["CN=alice\\,O\\=x@engineering", "certificate-identity"],
  ["CN=alice\u202e@engineering", "certificate-identity"],
  ["CN=alice\u2028@engineering", "certificate-identity"],
  ["CN=alice@engineering,CN=mallory@admin", "certificate-identity"],
  ["O=Test", "certificate-identity"],
])("subject %j is %s", async (subject, expected) => {
  expect(await identify([commonName], subject)).toBe(expected);
});

test("a line feed within a name does not begin another", async () => {
  const { cert } = await authority.issue({ subject: "O=x\\0ACN=mallory@admin,CN=alice@engineering" });
  expect(commonNames(new X509Certificate(cert).subject)).not.toContain("mallory@admin");
});

test("several values in one name are no name of ours", () => {
  expect(commonNames("C=US\nCN=alice@engineering + CN=mallory@admin")).toEqual([]);
  expect(commonNames("CN=back\\\\slash@engineering")).toEqual([]);
  expect(commonNames(undefined)).toEqual([]);
});

test.each([
  [[spiffe], ["spiffe://example.org/engineering/web"], "web@engineering"],
  [[spiffe], ["spiffe://example.org/engineering/a/b"], "certificate-identity"],
  [[spiffe], ["spiffe://example.org.evil.org/engineering/web"], "certificate-identity"],
  [[spiffe], ["spiffe://exampleXorg/engineering/web"], "certificate-identity"],
  [[spiffe], ["spiffe://example.org/a/b", "spiffe://example.org/c/d"], "certificate-identity"],
  [[spiffe], ["spiffe://example.org/a/b, URI:spiffe://example.org/admin/x"], "certificate-identity"],
  [[dns], ["web.clients.example.org"], "web@services"],
  [[dns], ["a.web.clients.example.org"], "certificate-identity"],
  [[email], ["alice@ops.example.org"], "alice@ops"],
  [[spiffe, dns], ["web.clients.example.org"], "web@services"],
  [[spiffe, commonName], [], "alice@engineering"],
] as const)("rules %# over %j", async (rules, names, expected) => {
  expect(await identify(rules, "CN=alice@engineering", names)).toBe(expected);
});

test.each([
  [{ ...commonName, pattern: "{group}" }, /must hold \{user\} once/],
  [{ ...commonName, pattern: "{user}{user}" }, /must hold \{user\} once/],
  [{ ...commonName, pattern: "{usr}@{group}" }, /must hold \{user\} once/],
  [{ ...commonName, pattern: "{user}" }, /names no \{group\}/],
])("the rule %j is refused", (rule, message) => {
  expect(() => identifyBy([rule])).toThrow(message);
});
