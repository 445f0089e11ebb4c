import { randomBytes } from "node:crypto";
import { chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../../support/ports.ts";
import { runCommand, startCommand } from "../../support/process.ts";
import { dial, drainOf, startUpstream, take } from "./support.ts";

const NOBODY = 65_534;
const secret = () => randomBytes(32).toString("base64url");

async function tryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-certs-"));
  return {
    path: (name: string) => join(folder, name),
    /** To a user other than root, as whom the gateway serves; where root runs the tests. */
    giveAway: async () => {
      if (process.getuid?.() !== 0) return {};
      const names = ["", ...(await readdir(folder))];
      await Promise.all(names.map((name) => chown(join(folder, name), NOBODY, NOBODY)));
      return { user: NOBODY };
    },
    text: (name: string) => readFile(join(folder, name), "utf8"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test.each(["ecdsa", "rsa"])(
  "a first try: certificates (%s), tcp, tcp-connect, and a plain program at the end",
  async (kind) => {
    await using folder = await tryFolder();
    await using upstream = await startUpstream();
    const made = await runCommand([
      ...["certificates", "--out", folder.path("."), "--user", "alice", "--group", "engineering"],
      ...(kind === "rsa" ? ["--rsa"] : []),
    ]);
    expect([made.code, made.err]).toEqual([0, ""]);
    expect((await stat(folder.path("alice.key"))).mode & 0o777).toBe(0o600);
    const again = await runCommand([
      "certificates",
      "--out",
      folder.path("."),
      "--user",
      "alice",
      "--group",
      "engineering",
    ]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("alice.key is there already") });

    const tls = [
      "--ca",
      folder.path("ca.pem"),
      "--cert",
      folder.path("server.pem"),
      "--key",
      folder.path("server.key"),
    ];
    const words = ["tcp", "--listen", "127.0.0.1:0", ...tls, "--upstream", upstream.address, "--group", "engineering"];
    await using proxy = startCommand([...words, "--capacity", "10", "--fill-rate", "5s", "--drain", "1"]);
    const { ports } = (await proxy.logged("serving")) as { ports: number[] };

    const client = [
      "--ca",
      folder.path("ca.pem"),
      "--cert",
      folder.path("alice.pem"),
      "--key",
      folder.path("alice.key"),
    ];
    await using local = startCommand(["tcp-connect", "--to", `localhost:${ports[0]}`, ...client]);
    const plain = connect(Number(/:(\d+)/.exec(await local.wrote(/listening on .*\n/))?.[1]), "127.0.0.1");
    plain.end("plain words");
    expect(String((await drainOf(plain)).bytes)).toBe("plain words");

    const alice = {
      ca: await folder.text("ca.pem"),
      cert: await folder.text("alice.pem"),
      key: await folder.text("alice.key"),
    };
    const lingering = dial(ports[0] ?? 0, alice);
    lingering.write("x");
    await take(lingering, 1);
    proxy.signal("SIGTERM");
    await proxy.logged("draining");
    proxy.signal("SIGHUP");
    lingering.end("y");
    expect(String((await drainOf(lingering)).bytes)).toBe("y");
    expect((await proxy.ended).code).toBe(0);
    local.signal("SIGTERM");
    expect((await local.ended).code).toBe(0);
  },
);

test("what is missing or cannot be read is said by option, all at once", async () => {
  const empty = await runCommand(["tcp"]);
  expect(empty.code).toBe(1);
  for (const option of ["--listen", "--ca", "--cert", "--key", "--upstream", "--group"]) {
    expect(empty.err).toContain(`${option} is missing`);
  }
  const half = await runCommand(["tcp", "--capacity", "5"]);
  expect(half.err).toContain("--capacity and --fill-rate belong together");
  const open = await runCommand([
    "tcp-connect",
    "--to",
    "a:1",
    "--ca",
    "x",
    "--cert",
    "x",
    "--key",
    "x",
    "--listen",
    ":5000",
  ]);
  expect(open.err).toContain("--listen must be a loopback address");
});

test("several listeners come from one file, its faults by key and line", async () => {
  await using folder = await tryFolder();
  await using one = await startUpstream((socket) => void socket.end("one"));
  await using two = await startUpstream((socket) => void socket.end("two"));
  await runCommand(["certificates", "--out", folder.path("."), "--user", "alice", "--group", "engineering"]);
  const entry = (name: string, address: string) =>
    [
      `  - name: ${name}`,
      "    listen: 127.0.0.1:0",
      "    tls: { ca: ca.pem, cert: server.pem, key: server.key }",
      `    upstreams: [${address}]`,
      "    authorizedGroups: [engineering]",
    ].join("\n");
  await writeFile(folder.path("sallyport.yaml"), `tcp:\n${entry("a", one.address)}\n${entry("b", two.address)}\n`);
  await using proxy = startCommand(["tcp", "--config", folder.path("sallyport.yaml")]);
  const { ports } = (await proxy.logged("serving")) as { ports: number[] };
  const alice = {
    ca: await folder.text("ca.pem"),
    cert: await folder.text("alice.pem"),
    key: await folder.text("alice.key"),
  };
  const answers = await Promise.all(ports.map(async (port) => String((await drainOf(dial(port, alice))).bytes)));
  expect(answers).toEqual(["one", "two"]);
  await writeFile(folder.path("wrong.yaml"), `tcp:\n${entry("a", one.address)}\n    idelTimeout: 5m\n`);
  const wrong = await runCommand(["tcp", "--config", folder.path("wrong.yaml")]);
  expect(wrong.err).toContain('tcp.0.idelTimeout (line 7) is no known key; did you mean "idleTimeout"?');
});

test("listeners of one file differ in name and place, and what is no listener is said so", async () => {
  await using folder = await tryFolder();
  const path = folder.path("sallyport.yaml");
  const rest =
    "tls: { ca: ca.pem, cert: server.pem, key: server.key }, upstreams: ['a:1'], authorizedGroups: [engineering]";
  const says = async (...tcp: readonly string[]) => {
    await writeFile(path, `tcp:\n${tcp.map((one) => `  ${one}\n`).join("")}`);
    return (await runCommand(["tcp", "--config", path])).err;
  };
  const twice = await says(`- { listen: '127.0.0.1:5000', ${rest} }`, `- { listen: '127.0.0.1:5000', ${rest} }`);
  expect(twice).toContain("tcp.1.name (line 3) is another listener's already (tcp): give each its own");
  expect(twice).toContain("tcp.1.listen (line 3) is another listener's already (127.0.0.1:5000)");
  expect(await says(`{ listen: '127.0.0.1:5000', ${rest} }`)).toContain("tcp must list one listener at least");
  expect(await says("- 127.0.0.1:5000")).toContain("tcp.0 (line 2) must hold keys and values");
  const rules = "identities: [{ from: uri, pattern: 'spiffe://{grp}/{user}' }, { from: dns, pattern: '{user}.a' }]";
  const named = await says(`- { listen: '127.0.0.1:5000', ${rest}, ${rules} }`);
  expect(named).toContain("tcp.0.identities.0.pattern (line 2) must hold {user} once");
  expect(named).toContain("tcp.0.identities.1.pattern (line 2) names no {group}");
  const both = await runCommand(["tcp", "--config", path, "--group", "admin", "--send-proxy-header"]);
  expect(both.err).toContain("--config takes the place of --group, --send-proxy-header");
});

test("an authority of which half is missing signs nothing, and nothing is made in its place", async () => {
  await using folder = await tryFolder();
  const make = (...words: string[]) => runCommand(["certificates", "--out", folder.path("."), ...words]);
  expect((await make()).code).toBe(0);
  const key = await folder.text("ca.key");
  await rm(folder.path("ca.key"));
  const without = await make("--user", "bob", "--group", "engineering");
  expect(without).toMatchObject({
    code: 1,
    err: expect.stringMatching(/ca\.key does not exist: put ca\.pem and ca\.key/),
  });
  await writeFile(folder.path("ca.key"), await folder.text("server.key"));
  const swapped = await make("--user", "bob", "--group", "engineering");
  expect(swapped).toMatchObject({
    code: 1,
    err: expect.stringContaining("the key does not belong to the certificate"),
  });
  await writeFile(folder.path("ca.key"), key);
  expect((await make("--host", "db.example.org")).err).toContain("server.pem is there already");
  expect((await make("--host", "a b")).err).toContain('--host takes names and addresses, not "a b"');
  const nowhere = await runCommand(["certificates", "--out", folder.path("ca.pem")]);
  expect(nowhere).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^sallyport: \S+ is no folder that can be written/),
  });
  expect((await readdir(folder.path("."))).sort()).toEqual(["ca.key", "ca.pem", "server.key", "server.pem"]);
});

test("a listener of the command line asks responders and checks upstreams; a plain program hears that it was refused", async () => {
  await using folder = await tryFolder();
  const path = folder.path;
  await runCommand(["certificates", "--out", path("."), "--user", "alice", "--group", "engineering"]);
  const tls = ["--ca", path("ca.pem"), "--cert", path("server.pem"), "--key", path("server.key")];
  const words = ["tcp", "--listen", "127.0.0.1:0", ...tls, "--upstream", "127.0.0.1:1", "--group", "engineering"];
  await using proxy = startCommand([...words, "--ocsp", "--health-check", "1s", "--drain", "0"]);
  const { ports } = (await proxy.logged("serving")) as { ports: number[] };
  const client = ["--ca", path("ca.pem"), "--cert", path("alice.pem"), "--key", path("alice.key")];
  await using local = startCommand(["tcp-connect", "--to", `localhost:${ports[0]}`, ...client]);
  const plain = connect(Number(/:(\d+)/.exec(await local.wrote(/listening on .*\n/))?.[1]), "127.0.0.1");
  await drainOf(plain);
  local.signal("SIGTERM");
  expect((await local.ended).err).toContain("ended the connection without a byte: it may not take this certificate");
  await proxy.logged("an upstream is passed over until it answers again");
  const wrong = await runCommand(["tcp-connect", "--to", "a:1", ...client, "--ca", path("alice.key")]);
  expect(wrong.err).toContain("alice.key holds no PEM certificate");
});

test("serve runs a listener beside the web entrypoint, and a revocation of a principal ends its connection", async () => {
  await using folder = await tryFolder();
  await using upstream = await startUpstream();
  await runCommand(["certificates", "--out", folder.path("."), "--user", "alice", "--group", "engineering"]);
  const [webPort, adminPort] = [await freePort(), await freePort()];
  const yaml = [
    `web: { listen: 127.0.0.1:${webPort} }`,
    `admin: { listen: 127.0.0.1:${adminPort} }`,
    "tcp:",
    "  - name: database",
    `    listen: 127.0.0.1:${await freePort()}`,
    "    tls: { ca: ca.pem, cert: server.pem, key: server.key }",
    `    upstreams: [${upstream.address}]`,
    "    authorizedGroups: [engineering]",
  ].join("\n");
  await writeFile(folder.path("sallyport.yaml"), yaml);
  const user = await folder.giveAway();
  const environment = { JWT_KEY: secret(), ADMIN_TOKEN: secret(), DATA_DIR: folder.path("data") };
  const config = ["--config", folder.path("sallyport.yaml")];
  const checked = await runCommand(["check", ...config], { environment });
  expect(checked.out).toContain(`for engineering, to ${upstream.address}`);
  await using gateway = startCommand(["serve", ...config], { environment, ...user });
  const ready = (await gateway.logged("TCP listener ready")) as { address: { port: number } };
  await gateway.logged("serving");
  const alice = {
    ca: await folder.text("ca.pem"),
    cert: await folder.text("alice.pem"),
    key: await folder.text("alice.key"),
  };
  const client = dial(ready.address.port, alice);
  client.write("x");
  await take(client, 1);
  const end = drainOf(client);
  const revoked = await runCommand(["revoke", "principal", "alice@engineering", ...config], { environment });
  expect([revoked.code, revoked.err]).toEqual([0, ""]);
  expect((await end).error).toBe("ECONNRESET");
  expect((await drainOf(dial(ready.address.port, alice))).bytes.length).toBe(0);
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
});

test("check names what a listener's files lack", async () => {
  await using folder = await tryFolder();
  const yaml = [
    "tcp:",
    "  - name: database",
    "    listen: 127.0.0.1:5000",
    "    tls: { ca: ca.pem, cert: server.pem, key: server.key }",
    "    upstreams: [127.0.0.1:1]",
    "    authorizedGroups: [engineering]",
  ].join("\n");
  await writeFile(folder.path("sallyport.yaml"), yaml);
  const environment = { JWT_KEY: secret(), DATA_DIR: folder.path("data") };
  const { code, err } = await runCommand(["check", "--config", folder.path("sallyport.yaml")], { environment });
  expect(code).toBe(1);
  expect(err).toMatch(/tcp database: \S+ca\.pem does not exist/);
  expect(err).toMatch(/tcp database: \S+server\.pem does not exist/);
});
