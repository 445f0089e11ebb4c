import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { exportJWK, exportPKCS8, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../../test/support/process.ts";
import { temporaryFolder } from "../config/support.ts";

const JWT_KEY = "a-key-of-a-test-with-enough-bytes-in-it-73";
const environment = { JWT_KEY };

// Every case starts processes of its own, on machines that may have other things to do.

describe.concurrent("a key that anybody could guess", () => {
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

describe.concurrent("check", () => {
  test("names every fault at once", async () => {
    const faulty = { JWT_KEY: "changeme", LISTEN: "nowhere", ALLOWED_TARGETS: "10.0.0.1/8", DRAIN_SECONDS: "soon" };
    const { code, err } = await runCommand(["check"], { environment: faulty });
    expect(code).toBe(1);
    for (const name of Object.keys(faulty)) expect(err).toContain(name);
  });

  test("names the certificate's faults with the rest", async () => {
    const faulty = { JWT_KEY: "changeme", CERT_PATH: "/nowhere/a.crt", KEY_PATH: "/nowhere/a.key", TARGET_PORT: "x" };
    const { code, err } = await runCommand(["check"], { environment: faulty });
    expect(code).toBe(1);
    expect(err).toContain("the configuration has 4 faults:");
    expect(err).toContain("CERT_PATH, KEY_PATH: /nowhere/a.key does not exist");
  });

  test("says what a good configuration comes to, and what is doubtful", async () => {
    const { code, out, err } = await runCommand(["check"], { environment });
    expect(code).toBe(0);
    expect(out).toContain("The configuration is good.");
    expect(out).toContain("self-signed");
    expect(err).toContain("neither EDGE_KEY nor EDGE_CA is set");
    expect(out + err).not.toContain(JWT_KEY);
    expect(err).not.toContain("DATA_DIR");
  });

  test("warns of a DATA_DIR in which no store can be", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "file");
    await writeFile(file, "");
    const { code, err } = await runCommand(["check"], {
      environment: { ...environment, DATA_DIR: join(file, "data") },
    });
    expect(code).toBe(0);
    expect(err).toContain(`warning: DATA_DIR: ${file}/data/store/sallyport.db: a part of it is a file, not a folder`);
  });
});

describe.concurrent("an address that cannot be listened on", () => {
  const words = (listen: string) => ["tcp", "--listen", listen, "--upstream", "127.0.0.1:9", "--group", "staff"];

  test.each(["LISTEN", "ADMIN_LISTEN"])("%s in use: which, and what to do", async (name) => {
    await using folder = await temporaryFolder();
    await using taken = await occupyPort();
    const address = `127.0.0.1:${taken.port}`;
    const free = { LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DATA_DIR: folder.path };
    const { code, err } = await runCommand(["serve"], { environment: { ...environment, ...free, [name]: address } });
    expect(code).toBe(1);
    expect(err).toContain(`cannot listen on ${address}: another program listens there`);
    expect(err).toContain("LISTEN, ADMIN_LISTEN");
  });

  test("of another machine, with TCP: the option is named", async () => {
    await using folder = await temporaryFolder();
    expect((await runCommand(["certificates", "--out", folder.path, "--user", "a", "--group", "staff"])).code).toBe(0);
    const file = (name: string) => join(folder.path, name);
    const files = ["--ca", file("ca.pem"), "--cert", file("server.pem"), "--key", file("server.key")];
    const { code, err } = await runCommand([...words("192.0.2.1:5000"), ...files]);
    expect(code).toBe(1);
    expect(err).toContain("cannot listen on 192.0.2.1:5000: this machine has no such address");
    expect(err).toContain("--listen");
  });
});

/** A port of loopback that somebody listens on. */
async function occupyPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

describe.concurrent("token", () => {
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

  test("that the edge would refuse is printed, with a warning beside it", async () => {
    const { code, out, err } = await mint();
    expect(code).toBe(0);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(err).toContain("without --upstream the edge refuses this token");
  });

  test.each([
    [["--ip", "010.1.1.1"], "--ip must be an address in canonical form"],
    [["--port", "70000"], "--port has no valid value: it takes a port, from 1 to 65535"],
    [["--upstream", "https://gw1.example.com"], "it takes host names without scheme, port and path"],
    [["--sub", ""], "--sub has no valid value: it takes text, not empty"],
    [["--expires", "soon"], "--expires takes a time"],
    [["--scheme", "ftp"], "--scheme has no valid value"],
    [["--expires", "0s"], "--expires is not in the future"],
    [["--alg", "none"], "--alg none does not go with this key; what does: HS256, HS384, HS512"],
    [["--alg", "EdDSA"], "--alg EdDSA does not go with this key"],
    [["--private-key", "/nowhere/key.pem"], "/nowhere/key.pem cannot be read (ENOENT)"],
    [["--private-key", "/etc/passwd"], "/etc/passwd holds no PEM private key"],
  ])("%j is named before anything is signed", async (words, message) => {
    const { code, out, err } = await mint(...words);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
    expect(err).not.toContain("    at ");
  });

  test("is signed with a private key, and inspected with the JWK set", async () => {
    await using folder = await temporaryFolder();
    for (const [alg, options] of [
      ["EdDSA", { crv: "Ed25519" }],
      ["ES256", {}],
      ["RS256", {}],
    ] as const) {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true, ...options });
      const pem = await folder.write("key.pem", await exportPKCS8(privateKey));
      const jwks = await folder.write(
        "jwks.json",
        JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k" }] }),
      );
      const { out } = await runCommand(["token", "--ip", "10.20.3.7", "--private-key", pem, "--kid", "k"]);
      const seen = await runCommand(["token", "inspect"], { environment: { JWT_JWKS: jwks }, input: out });
      expect(JSON.parse(seen.out)).toMatchObject({ verdict: "valid", header: { alg, kid: "k" } });
    }
  });

  test("takes its key from the file that --config or SALLYPORT_CONFIG names", async () => {
    await using folder = await temporaryFolder();
    const config = await folder.write("sallyport.yaml", `web: { token: { key: "${JWT_KEY}" } }`);
    const { out } = await runCommand(["token", "--ip", "10.20.3.7", "--config", config]);
    for (const [words, variables] of [
      [["--config", config], {}],
      [[], { SALLYPORT_CONFIG: config }],
    ] as const) {
      const seen = await runCommand(["token", "inspect", ...words], { environment: variables, input: out });
      expect(JSON.parse(seen.out).verdict).toBe("valid");
    }
  });

  test("help says what it takes", async () => {
    expect((await runCommand(["token", "--help"])).out).toContain("--upstream <name...>");
    expect((await runCommand(["token"], { environment })).err).toContain("--ip is missing");
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

describe.concurrent("the rest", () => {
  test("key makes one that is taken", async () => {
    const { out } = await runCommand(["key"]);
    expect((await runCommand(["check"], { environment: { JWT_KEY: out.trim() } })).code).toBe(0);
  });

  test("help has examples; an unknown verb or option says where to look", async () => {
    expect((await runCommand(["help"])).out).toContain("sallyport token inspect");
    for (const words of [["serve", "--port", "1"], ["tokn"]]) {
      const { code, err } = await runCommand(words);
      expect(code).toBe(1);
      expect(err).toContain("sallyport help");
    }
    expect((await runCommand(["tokn"])).err).toContain("Did you mean token?");
    expect((await runCommand([])).code).toBe(1);
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

describe.concurrent("key generate", () => {
  test.each([
    ["HS256", 48],
    ["HS384", 48],
    ["HS512", 66],
  ])("%s: a secret, alone", async (alg, bytes) => {
    const { code, out } = await runCommand(["key", "generate", "--alg", alg]);
    expect(code).toBe(0);
    expect(Buffer.from(out.trim(), "base64")).toHaveLength(bytes);
  });

  test.each(["EdDSA", "ES256", "RS256"])("%s: a pair that signs tokens which the printed set verifies", async (alg) => {
    await using folder = await temporaryFolder();
    const [pem, jwks] = [join(folder.path, "issuer.pem"), join(folder.path, "jwks.json")];
    const { code, out } = await runCommand(["key", "generate", "--alg", alg, "--private-key", pem]);
    expect(code).toBe(0);
    expect(out).not.toContain('"d"');
    await writeFile(jwks, out);
    expect((await stat(pem)).mode & 0o777).toBe(0o600);
    const signing = ["token", "--ip", "10.20.3.7", "--private-key", pem, "--kid", JSON.parse(out).keys[0].kid];
    const token = (await runCommand(signing)).out.trim();
    const inspected = await runCommand(["token", "inspect", token], { environment: { JWT_JWKS: jwks } });
    expect(inspected.code).toBe(0);
  });

  test("adds to a set, writes over nothing, and says what is missing", async () => {
    await using folder = await temporaryFolder();
    const [one, two, jwks] = ["one.pem", "two.pem", "jwks.json"].map((name) => join(folder.path, name));
    const generate = (...more: string[]) => runCommand(["key", "generate", "--alg", "EdDSA", ...more]);
    await writeFile(jwks as string, (await generate("--private-key", one as string, "--kid", "old")).out);
    const added = await generate("--private-key", two as string, "--kid", "new", "--add-to", jwks as string);
    expect(JSON.parse(added.out).keys.map(({ kid }: { kid: string }) => kid)).toEqual(["new", "old"]);
    expect((await generate("--private-key", one as string)).err).toContain("is not written over");
    expect((await generate()).err).toContain("needs --private-key");
    expect((await generate("--private-key", `${two}.x`, "--add-to", one as string)).err).toContain("no JWK set");
    expect((await runCommand(["key", "generate", "--alg", "none"])).err).toContain("is none of HS256");
  });
});
