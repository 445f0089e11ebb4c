import { exportJWK, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";
import { type Bindings, readSettings, SettingsError } from "../src/settings.ts";

const KEY = "kQ7v-bq2T9_xW4sZ8fL1nR6mD3hJ5cY0";
const read = (bindings: Bindings) => readSettings(bindings, { fetch, clock: () => 0 });

/** What is wrong with the variables, in one text. */
async function faults(bindings: Bindings): Promise<string> {
  const error = await read(bindings).then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (error === undefined) return "";
  if (error instanceof SettingsError) return error.message;
  throw error;
}

describe("settings", () => {
  test("a key alone is enough", async () => {
    expect(await read({ JWT_SECRET: KEY })).toMatchObject({
      algorithms: ["HS256"],
      cookie: "__Host-pm-session",
      proxyPort: 8443,
      pmPort: undefined,
      upstreams: undefined,
      edgeKey: undefined,
      legacyWire: false,
      cacheAssets: false,
      allowNoOrigin: false,
    });
  });

  test("an empty variable is one that is not set", async () => {
    const names = ["PROXY_PORT", "PM_PORT", "UPSTREAMS", "EDGE_KEY", "WIRE", "PORTAL_ORIGINS", "JWT_COOKIE"];
    const empty = Object.fromEntries([...names, "ASSET_CACHE", "SENTRY_DSN", "JWT_JWKS"].map((name) => [name, ""]));
    const { keys: _keys, ...unset } = await read({ JWT_SECRET: KEY });
    expect(await read({ JWT_SECRET: KEY, ...empty })).toMatchObject(unset);
  });

  test("numbers and booleans of a wrangler file are what they say", async () => {
    const settings = await read({ JWT_SECRET: KEY, PROXY_PORT: 2053, PM_PORT: 5900, ALLOW_NO_ORIGIN: true });
    expect(settings).toMatchObject({ proxyPort: 2053, pmPort: 5900, allowNoOrigin: true });
  });

  test.each([
    [{}, "JWT_SECRET is missing"],
    [{ JWT_SECRET: "" }, "JWT_SECRET is missing"],
    [{ JWT_SECRET: "\n\n" }, "JWT_SECRET holds no secret"],
    [{ JWT_SECRET: "changeme" }, "JWT_SECRET is a well-known value"],
    [{ JWT_SECRET: "changeme".repeat(5) }, "JWT_SECRET is a well-known value"],
    [{ JWT_SECRET: "Change-Me-".repeat(5) }, "JWT_SECRET is a well-known value"],
    [{ JWT_SECRET: "ab".repeat(20) }, "JWT_SECRET repeats a few characters"],
    [{ JWT_SECRET: "short" }, "JWT_SECRET has 5 bytes: 32 or more"],
    [{ JWT_SECRET: KEY, JWT_ALGORITHMS: "HS384" }, "JWT_SECRET has 32 bytes: 48 or more"],
    [{ JWT_SECRET: KEY, JWT_ALGORITHMS: "HS256,HS512" }, "JWT_SECRET has 32 bytes: 64 or more"],
    [{ JWT_SECRET: `${KEY}\nshort` }, "JWT_SECRET has 5 bytes"],
    [{ JWT_SECRET: KEY, EDGE_KEY: "short" }, "EDGE_KEY has 5 bytes"],
    [{ JWT_SECRET: KEY, GATEWAY_CERTIFICATE: "cert.pem" }, "GATEWAY_CERTIFICATE is no binding of mtls_certificates"],
    [{ JWT_SECRET: KEY, EDGE_KEY: "secret".repeat(9) }, "EDGE_KEY is a well-known value"],
    [{ JWT_SECRET: KEY, JWT_COOKIE: "a b" }, "JWT_COOKIE"],
    [{ JWT_SECRET: KEY, SESSION_NOTICE: "maybe" }, "SESSION_NOTICE must be one of off, on"],
    [{ JWT_SECRET: KEY, SESSION_NOTICE: "on", WIRE: "legacy" }, "SESSION_NOTICE needs this project's gateway"],
    [{ JWT_SECRET: KEY, RENEW_URL: "http://portal.example.com/renew" }, "RENEW_URL is no https address"],
    [{ JWT_SECRET: KEY, RENEW_ORIGINS: "portal.example.com" }, "RENEW_ORIGINS lists"],
    [{ JWT_SECRET: KEY, JWT_COOKIE: "__Host-pm-sid" }, "JWT_COOKIE is the name of the session id's"],
    [{ JWT_SECRET: KEY, PROXY_PORT: "0" }, "PROXY_PORT"],
    [{ JWT_SECRET: KEY, PROXY_PORT: 99999 }, "PROXY_PORT"],
    [{ JWT_SECRET: KEY, PM_PORT: "70000" }, "PM_PORT"],
    [{ JWT_SECRET: KEY, UPSTREAMS: "https://gw1.example.com" }, "UPSTREAMS"],
    [{ JWT_SECRET: KEY, UPSTREAMS: "gw1.example.com:8443" }, "UPSTREAMS"],
    [{ JWT_SECRET: KEY, WIRE: "old" }, "WIRE must be one of sallyport, legacy"],
    [{ JWT_SECRET: KEY, ASSET_CACHE: "shared" }, "ASSET_CACHE"],
    [{ JWT_SECRET: KEY, ALLOW_NO_ORIGIN: "maybe" }, "ALLOW_NO_ORIGIN"],
    [{ JWT_SECRET: KEY, PORTAL_ORIGINS: "portal.example.com" }, "PORTAL_ORIGINS"],
    [{ JWT_SECRET: KEY, PORTAL_ORIGINS: "https://portal.example.com/" }, "PORTAL_ORIGINS"],
    [{ JWT_SECRET: KEY, PORTAL_ORIGINS: "null" }, "PORTAL_ORIGINS"],
    [{ JWT_SECRET: KEY, JWT_ALGORITHMS: "none" }, "JWT_ALGORITHMS lists none, which are not supported"],
    [{ JWT_SECRET: KEY, JWT_ALGORITHMS: "EdDSA" }, "JWT_ALGORITHMS lists EdDSA, which need JWT_JWKS"],
    [{ JWT_JWKS: "https://portal.example.com/jwks", JWT_ALGORITHMS: "HS256" }, "HS256, which need JWT_SECRET"],
    [{ JWT_SECRET: KEY, JWT_JWKS: "{" }, "JWT_JWKS is neither"],
    [{ JWT_SECRET: KEY, JWT_JWKS: "http://portal.example.com/jwks" }, "JWT_JWKS is neither"],
    [{ JWT_JWKS: '{"keys":[{"kty":"oct","k":"AA"}]}' }, "JWT_JWKS cannot be used"],
    [{ JWT_JWKS: '{"keys":[]}' }, "JWT_JWKS cannot be used"],
    [{ JWT_SECRET: KEY, SENTRY_DSN: "x" }, "SENTRY_DSN"],
  ] satisfies [Bindings, string][])("%o is refused by name", async (bindings, text) => {
    expect(await faults(bindings)).toContain(text);
  });

  test("every fault is named at once, no secret among them", async () => {
    const message = await faults({ JWT_SECRET: "tiny-secret-value", PROXY_PORT: "x", WIRE: "y", EDGE_KEY: "tiny-too" });
    for (const name of ["JWT_SECRET", "PROXY_PORT", "WIRE", "EDGE_KEY"]) expect(message).toContain(name);
    expect(message).not.toContain("tiny");
  });

  test("two secrets, one a line, while one is being replaced; blanks belong to them, as at the gateway", async () => {
    const settings = await read({ JWT_SECRET: `${KEY}\r\n  ${KEY} \n`, EDGE_KEY: ` ${KEY}\n${KEY}` });
    const keys = (await settings.keys.keysFor({ alg: "HS256" })).map(({ key }) => key);
    expect(keys.length).toBe(2);
    expect(settings.edgeKey).toBe(` ${KEY}`);
    const mac = async (key: CryptoKey | undefined, secret: string) => {
      const own = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC, false, ["sign"]);
      const text = new TextEncoder().encode("x");
      return key && crypto.subtle.verify("HMAC", key, await crypto.subtle.sign("HMAC", own, text), text);
    };
    expect([await mac(keys[0], KEY), await mac(keys[1], `  ${KEY} `), await mac(keys[1], KEY)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("a JWK set in the variable needs no secret beside it", async () => {
    const { publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "1" }] });
    const settings = await read({ JWT_JWKS: jwks });
    expect(settings.algorithms).toEqual(["EdDSA", "ES256", "RS256"]);
    expect(await settings.keys.keysFor({ alg: "ES256", kid: "1" })).toHaveLength(1);
    expect(await settings.keys.keysFor({ alg: "HS256" })).toHaveLength(0);
  });
});

const HMAC = { name: "HMAC", hash: "SHA-256" };
