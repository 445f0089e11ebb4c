import { describe, expect, test } from "vitest";
import { type Bindings, readSettings, SettingsError } from "../src/settings.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const read = (bindings: Bindings) => readSettings(bindings, { fetch, clock: () => 0 });

function faults(bindings: Bindings): string {
  try {
    read(bindings);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "";
}

describe("settings", () => {
  test("a key alone is enough", () => {
    expect(read({ JWT_SECRET: KEY })).toMatchObject({
      algorithms: ["HS256"],
      cookie: "__Host-pm-session",
      proxyPort: 8443,
      pmPort: undefined,
      upstreams: undefined,
      legacyWire: false,
      cacheAssets: false,
      allowNoOrigin: false,
    });
  });

  test.each([
    [{}, "JWT_SECRET is missing"],
    [{ JWT_SECRET: "" }, "JWT_SECRET is missing"],
    [{ JWT_SECRET: "changeme" }, "well-known"],
    [{ JWT_SECRET: "short" }, "under 32 bytes"],
    [{ JWT_SECRET: KEY, EDGE_KEY: "short" }, "EDGE_KEY is under 32 bytes"],
    [{ JWT_SECRET: KEY, JWT_COOKIE: "a b" }, "JWT_COOKIE"],
    [{ JWT_SECRET: KEY, PROXY_PORT: "0" }, "PROXY_PORT"],
    [{ JWT_SECRET: KEY, PM_PORT: "70000" }, "PM_PORT"],
    [{ JWT_SECRET: KEY, WIRE: "old" }, "WIRE must be one of sallyport, legacy"],
    [{ JWT_SECRET: KEY, ASSET_CACHE: "shared" }, "ASSET_CACHE"],
    [{ JWT_SECRET: KEY, PORTAL_ORIGINS: "portal.example.com" }, "PORTAL_ORIGINS"],
    [{ JWT_SECRET: KEY, PORTAL_ORIGINS: "https://portal.example.com/" }, "PORTAL_ORIGINS"],
    [{ JWT_SECRET: KEY, JWT_ALGORITHMS: "none" }, "JWT_ALGORITHMS"],
    [{ JWT_SECRET: KEY, JWT_JWKS: "{" }, "JWT_JWKS"],
    [{ JWT_SECRET: KEY, SENTRY_DSN: "x" }, "SENTRY_DSN"],
  ] satisfies [Bindings, string][])("%o is refused by name", (bindings, text) => {
    expect(faults(bindings)).toContain(text);
  });

  test("every fault is named at once, no secret among them", () => {
    const message = faults({ JWT_SECRET: "tiny-secret-value", PROXY_PORT: "x", WIRE: "y" });
    for (const name of ["JWT_SECRET", "PROXY_PORT", "WIRE"]) expect(message).toContain(name);
    expect(message).not.toContain("tiny-secret-value");
  });

  test("two secrets, one a line, while one is being replaced", async () => {
    const settings = read({ JWT_SECRET: `${KEY}\n${KEY}x\n` });
    expect((await settings.keys.keysFor({ alg: "HS256" })).length).toBe(2);
  });
});
