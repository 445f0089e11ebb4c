import { exportJWK, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";
import { makeAuthority } from "../../../../test/support/certificates.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { configured, faultsOf, GOOD_KEY, temporaryFolder, warningsOf } from "./support.ts";

describe("the signing secret", () => {
  test.each([
    ["unset", {}, "is not set"],
    ["empty", { JWT_KEY: "" }, "is not set"],
    ["changeme", { JWT_KEY: "changeme" }, "well-known"],
    ["changeme repeated", { JWT_KEY: "changeme".repeat(5) }, "well-known"],
    ["an example's", { JWT_KEY: "a-string-secret-at-least-256-bits-long" }, "well-known"],
    ["digits in order", { JWT_KEY: "0123456789abcdef0123456789abcdef" }, "well-known"],
    ["short", { JWT_KEY: "x9Q-short-but-random" }, "has 20 bytes: 32 or more"],
    ["plain", { JWT_KEY: "abababababababababababababababababab" }, "repeats a few characters"],
  ])("%s refuses and says how to make one", async (_, environment, message) => {
    const faults = await faultsOf(environment as Record<string, string>);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`JWT_KEY ${message === "well-known" ? "is a well-known" : message}`);
    expect(faults[0]).toContain("openssl rand -base64 48");
    expect(faults[0]).toContain("sallyport key");
  });

  test("is as long as the longest hash that it is used with (RFC 7518, 3.2)", async () => {
    const [fault] = await faultsOf({ JWT_KEY: GOOD_KEY, JWT_ALGORITHMS: "HS256,HS512" });
    expect(fault).toContain("JWT_KEY has 32 bytes: 64 or more");
  });

  test("never stands in a fault", async () => {
    const secret = "tooShort-7Jk";
    const faults = await faultsOf({ JWT_KEY: secret, EDGE_KEY: secret });
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain(secret);
  });

  test("may be short in debug mode, with a warning, but not well-known", async () => {
    const loaded = await loadConfiguration({ environment: { JWT_KEY: "short-one", GIN_MODE: "debug" } });
    expect(loaded).toHaveProperty("configuration");
    expect(warningsOf(loaded)[0]).toContain("JWT_KEY has 9 bytes");
    expect(await faultsOf({ JWT_KEY: "changeme", GIN_MODE: "debug" })).toHaveLength(1);
  });

  test("may be several, one a line; blanks and commas belong to it", async () => {
    const old = "an old, but long enough phrase of words";
    const { web } = await configured({ JWT_KEY: `${GOOD_KEY}\n${old}` });
    expect(web.token.secrets).toEqual([GOOD_KEY, old]);
    expect(await faultsOf({ JWT_KEY: `${GOOD_KEY}\nchangeme` })).toEqual([
      expect.stringContaining("JWT_KEY (secret 2) is a well-known value"),
    ]);
  });
});

describe("a JWK set", () => {
  async function jwksFile(folder: { write(name: string, content: string): Promise<string> }) {
    const { publicKey } = await generateKeyPair("ES256", { extractable: true });
    return folder.write("jwks.json", JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "1" }] }));
  }

  test("stands in for a secret", async () => {
    await using folder = await temporaryFolder();
    const jwks = await jwksFile(folder);
    const { web } = await configured({ JWT_KEY: "", JWT_JWKS: jwks });
    expect(web.token).toMatchObject({ secrets: [], jwks, algorithms: ["EdDSA", "ES256", "RS256"] });
    const both = await configured({ JWT_JWKS: jwks });
    expect(both.web.token.algorithms).toEqual(["HS256", "EdDSA", "ES256", "RS256"]);
  });

  test("with a private key, or none, is refused", async () => {
    await using folder = await temporaryFolder();
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const secret = await folder.write("private.json", JSON.stringify({ keys: [await exportJWK(privateKey)] }));
    expect(await faultsOf({ JWT_JWKS: secret })).toEqual([expect.stringContaining("is private")]);
    const empty = await folder.write("empty.json", "{}");
    expect(await faultsOf({ JWT_JWKS: empty })).toEqual([expect.stringContaining("JWT_JWKS cannot be used")]);
    const text = await folder.write("text.json", "keys");
    expect(await faultsOf({ JWT_JWKS: text })).toEqual([expect.stringContaining("it is no JSON")]);
  });

  test("comes by https only", async () => {
    expect(await faultsOf({ JWT_JWKS: "http://example.com/jwks" })).toEqual([expect.stringContaining("https URL")]);
    const { web } = await configured({ JWT_JWKS: "https://example.com/jwks" });
    expect(web.token.jwks).toBe("https://example.com/jwks");
  });

  test("algorithms without a key are faults", async () => {
    expect(await faultsOf({ JWT_KEY: GOOD_KEY, JWT_ALGORITHMS: "HS256,ES256" })).toEqual([
      "JWT_ALGORITHMS lists ES256, which need JWT_JWKS",
    ]);
    expect(await faultsOf({ JWT_JWKS: "https://example.com/jwks", JWT_ALGORITHMS: "HS256" })).toEqual([
      "JWT_ALGORITHMS lists HS256, which need JWT_KEY",
    ]);
  });
});

describe("authorities", () => {
  test("are read from PEM files", async () => {
    await using folder = await temporaryFolder();
    const [one, two] = [await makeAuthority(), await makeAuthority()];
    const file = await folder.write("ca.pem", `comment\n${one.cert}\n${two.cert}`);
    const { web } = await configured({ EDGE_CA: file, CONTROLLER_CA: file });
    expect(web.edge.ca?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(web.controllers.ca).toBe(web.edge.ca);
  });

  test("that hold nothing, or garbage, are faults", async () => {
    await using folder = await temporaryFolder();
    const empty = await folder.write("empty.pem", "nothing");
    const block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    const garbage = await folder.write("garbage.pem", block);
    expect(await faultsOf({ JWT_KEY: GOOD_KEY, EDGE_CA: empty, CONTROLLER_CA: garbage })).toEqual([
      "CONTROLLER_CA holds a certificate that cannot be read (number 1)",
      `EDGE_CA names a file that holds no PEM certificate (${empty})`,
    ]);
  });

  test("that every customer of the edge's operator shares are no proof alone", async () => {
    await using folder = await temporaryFolder();
    const shared = await makeAuthority({ name: "origin-pull.cloudflare.net" });
    const file = await folder.write("pull.pem", shared.cert);
    expect(await faultsOf({ JWT_KEY: GOOD_KEY, EDGE_CA: file })).toEqual([expect.stringContaining("EDGE_CA holds")]);
    expect(await faultsOf({ JWT_KEY: GOOD_KEY, EDGE_CA: file, EDGE_KEY: GOOD_KEY })).toEqual([]);
  });
});
