import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand, startCommand } from "../../support/process.ts";
import { dial, drainOf, startUpstream, take } from "./support.ts";

async function tryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-certs-"));
  return {
    path: (name: string) => join(folder, name),
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
  const { writeFile } = await import("node:fs/promises");
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
