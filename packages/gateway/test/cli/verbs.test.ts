import { describe, expect, test } from "vitest";
import { runCommand } from "../../../../test/support/process.ts";

const JWT_KEY = "a-key-of-a-test-with-enough-bytes-in-it-73";
const environment = { JWT_KEY };

describe("a key that anybody could guess", () => {
  test.each([
    ["unset", {}],
    ["empty", { JWT_KEY: "" }],
    ["changeme", { JWT_KEY: "changeme" }],
    ["short", { JWT_KEY: "short-but-not-known" }],
  ])("%s: serve and check refuse with 1 and say how to make one", async (_, variables) => {
    for (const verb of ["serve", "check"]) {
      const { code, out, err } = await runCommand([verb], { environment: { ...variables, LISTEN: "127.0.0.1:0" } });
      expect(code).toBe(1);
      expect(err).toContain("JWT_KEY");
      expect(err).toContain("openssl rand -base64 48");
      expect(out).toBe("");
    }
  });
});

describe("check", () => {
  test("names every fault at once", async () => {
    const faulty = { JWT_KEY: "changeme", LISTEN: "nowhere", ALLOWED_TARGETS: "10.0.0.1/8", DRAIN_SECONDS: "soon" };
    const { code, err } = await runCommand(["check"], { environment: faulty });
    expect(code).toBe(1);
    for (const name of Object.keys(faulty)) expect(err).toContain(name);
  });

  test("says what a good configuration comes to, and what is doubtful", async () => {
    const { code, out, err } = await runCommand(["check"], { environment });
    expect(code).toBe(0);
    expect(out).toContain("The configuration is good.");
    expect(out).toContain("self-signed");
    expect(err).toContain("neither EDGE_KEY nor EDGE_CA is set");
    expect(out + err).not.toContain(JWT_KEY);
  });
});

describe("token", () => {
  const mint = (...words: string[]) => runCommand(["token", "--ip", "10.20.3.7", ...words], { environment });

  test("prints the token alone, with its claims in it", async () => {
    const { code, out, err } = await mint(
      "--upstream",
      "gw1.example.com",
      "--sub",
      "c42",
      "--port",
      "8443",
      "--expires",
      "8h",
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = JSON.parse(Buffer.from(out.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ ip: "10.20.3.7", upstream: "gw1.example.com", sub: "c42", port: 8443 });
    expect(claims.exp - claims.iat).toBe(8 * 3600);
  });

  test.each([
    [["--ip", "010.1.1.1"], "--ip must be an address in canonical form"],
    [["--port", "70000"], "--port has no valid value"],
    [["--expires", "soon"], "--expires takes a time"],
    [["--scheme", "ftp"], "--scheme has no valid value"],
  ])("%j is named before anything is signed", async (words, message) => {
    const { code, out, err } = await mint(...words);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
  });

  test("inspect says what is in it and whether it is taken", async () => {
    const { out } = await mint("--upstream", "gw1.example.com");
    const good = await runCommand(["token", "inspect", "-"], { environment, input: out });
    expect(good.code).toBe(0);
    expect(JSON.parse(good.out)).toMatchObject({ verdict: "valid", claims: { ip: "10.20.3.7" } });
    const other = { JWT_KEY: "another-key-of-a-test-with-enough-bytes-91" };
    const bad = await runCommand(["token", "inspect", out.trim()], { environment: other });
    expect(bad.code).toBe(1);
    expect(bad.err).toContain("token-signature");
    const unread = await runCommand(["token", "inspect", "nonsense"], { environment });
    expect(unread.code).toBe(1);
    expect(unread.err).toContain("no token");
  });

  test("without a key it says which to set", async () => {
    const { code, err } = await runCommand(["token", "--ip", "10.20.3.7"]);
    expect(code).toBe(1);
    expect(err).toContain("JWT_KEY");
  });
});

describe("the rest", () => {
  test("key makes one that is taken", async () => {
    const { out } = await runCommand(["key"]);
    expect((await runCommand(["check"], { environment: { JWT_KEY: out.trim() } })).code).toBe(0);
  });

  test("help has examples; an unknown verb or option says where to look", async () => {
    expect((await runCommand(["help"])).out).toContain("sallyport token inspect");
    const { code, err } = await runCommand(["serve", "--port", "1"]);
    expect(code).toBe(1);
    expect(err).toContain("sallyport help");
  });

  test("health without a gateway is 1 and says so", async () => {
    const { code, err } = await runCommand(["health"], {
      environment: { ...environment, ADMIN_LISTEN: "127.0.0.1:1" },
    });
    expect(code).toBe(1);
    expect(err).toContain("does not answer");
  });

  test("version is the package's", async () => {
    expect((await runCommand(["version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
