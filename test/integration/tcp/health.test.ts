import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createMetrics } from "@sallyport/gateway";
import { expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { runCommand } from "../../support/process.ts";
import { dial, drainOf, greeting, startAuthority, startProxy, startUpstream, take } from "./support.ts";

const SICK = "an upstream is passed over until it answers again";
const WELL = "an upstream answers health checks";
const health = { interval: "100ms", timeout: "2s", failures: 2 };

test("an upstream that is down is passed over before a client meets it, and comes back by itself", async () => {
  await using authority = await startAuthority();
  await using first = await startUpstream(greeting("first"));
  await using second = await startUpstream(greeting("other"));
  const metrics = createMetrics();
  const up = async () =>
    (await metrics.snapshot()).find(({ name }) => name === "sallyport_upstream_up")?.values.map(({ value }) => value);
  const port = Number(first.address.split(":")[1]);
  await using proxy = await startProxy(authority, [first, second], { health, parts: { metrics } });
  await proxy.line(({ message, upstream }) => message === WELL && (upstream as { port: number }).port === port);
  first.server.close();
  expect(await proxy.line(({ message }) => message === SICK)).toMatchObject({
    code: "ECONNREFUSED",
    upstream: { port },
  });
  expect(await up()).toEqual([0, 1]);
  const alice = await authority.client("alice@engineering");
  const name = async () => {
    const client = dial(proxy.port, alice);
    const greeted = String(await take(client, 5));
    client.destroy();
    return greeted;
  };
  expect(await name()).toBe("other");
  expect(proxy.lines.filter(({ message }) => message === "an upstream cannot be reached")).toEqual([]);
  const before = proxy.lines.length;
  first.server.listen(port, "127.0.0.1");
  await once(first.server, "listening");
  await proxy.line((line) => line.message === WELL && proxy.lines.indexOf(line) >= before);
  expect([await name(), await up()]).toEqual(["first", [1, 1]]);
});

test("one failure is no illness, and where all are ill a client still gets a try", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  let refusals = 0;
  const { connect } = await import("node:net");
  const parts = {
    // The first check fails, the next ones do not.
    dial: async ({ host, port }: { host: string; port: number }, { onread }: { onread: never }) => {
      if (refusals++ === 0) throw Object.assign(new Error("once"), { code: "ECONNREFUSED" });
      const socket = connect({ host, port, onread, allowHalfOpen: true });
      await once(socket, "connect");
      return socket;
    },
  } as never;
  await using proxy = await startProxy(authority, [upstream], { health, parts });
  await proxy.line(({ message }) => message === WELL);
  expect(proxy.lines.some(({ message }) => message === SICK)).toBe(false);
  await using gone = await startUpstream(greeting("again"));
  const port = Number(gone.address.split(":")[1]);
  gone.server.close();
  await using lonely = await startProxy(authority, [gone], {
    health: { ...health, interval: "1h", failures: 1 },
    retryAfter: 0,
  });
  await lonely.line(({ message }) => message === SICK);
  gone.server.listen(port, "127.0.0.1");
  await once(gone.server, "listening");
  const client = dial(lonely.port, await authority.client("alice@engineering"));
  expect(String(await take(client, 5))).toBe("again");
  client.destroy();
});

test("where upstreams speak TLS a check is a handshake, and their files are read anew", async () => {
  await using authority = await startAuthority();
  await using inner = await startUpstream(greeting("hello"));
  await using outer = await startProxy(authority, [inner]);
  const gateway = await authority.client("gateway@engineering");
  const stranger = await authority.write("stranger.pem", (await makeAuthority()).cert);
  const ca = join(authority.folder, "upstream-ca.pem");
  await copyFile(stranger, ca);
  const upstreamTls = {
    ca,
    serverName: "localhost",
    cert: await authority.write("gateway.pem", gateway.cert),
    key: await authority.write("gateway.key", gateway.key),
  };
  const upstreams = [{ address: `127.0.0.1:${outer.port}` }];
  await using proxy = await startProxy(authority, upstreams, { upstreamTls, health });
  await proxy.line(({ message }) => message === SICK);
  const alice = await authority.client("alice@engineering");
  expect((await drainOf(dial(proxy.port, alice))).bytes.length).toBe(0);
  await copyFile(authority.tls.ca, ca);
  await proxy.proxy.reload();
  await proxy.line(({ message }) => message === WELL);
  const client = dial(proxy.port, alice);
  expect(String(await take(client, 5))).toBe("hello");
  client.destroy();
});

test("files for upstreams that break are named, and what they held before stays in force; check looks at them", async () => {
  await using authority = await startAuthority();
  await using inner = await startUpstream(greeting("hello"));
  await using outer = await startProxy(authority, [inner]);
  const gateway = await authority.client("gateway@engineering");
  const upstreamTls = {
    ca: await authority.write("upstream-ca.pem", authority.authority.cert),
    serverName: "localhost",
    cert: await authority.write("gateway.pem", gateway.cert),
    key: await authority.write("gateway.key", gateway.key),
  };
  await using proxy = await startProxy(authority, [{ address: `127.0.0.1:${outer.port}` }], { upstreamTls });
  await writeFile(upstreamTls.ca, "nothing");
  await writeFile(upstreamTls.key, (await authority.client("x@y")).key);
  await proxy.proxy.reload();
  const { error } = await proxy.line(({ level }) => level === "error");
  expect(JSON.stringify(error)).toMatch(/upstreamTls: \S+upstream-ca\.pem holds no PEM certificate/);
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  expect(String(await take(client, 5))).toBe("hello");
  client.destroy();
  const { ca, cert, key } = upstreamTls;
  const yaml = [
    "tcp:",
    "  - listen: 127.0.0.1:5000",
    `    tls: { ca: ${authority.tls.ca}, cert: ${authority.tls.cert}, key: ${authority.tls.key} }`,
    "    upstreams: [127.0.0.1:1]",
    `    upstreamTls: { ca: ${ca}, cert: ${cert}, key: ${key} }`,
    "    authorizedGroups: [engineering]",
  ].join("\n");
  const environment = { JWT_KEY: randomBytes(32).toString("base64url"), DATA_DIR: authority.folder };
  const checked = await runCommand(["check", "--config", await authority.write("sallyport.yaml", yaml)], {
    environment,
  });
  expect(checked.code).toBe(1);
  expect(checked.err).toMatch(/tcp tcp: upstreamTls: \S+upstream-ca\.pem holds no PEM certificate/);
  expect(checked.err).toContain("tcp tcp: upstreamTls: the key does not belong to the certificate");
});
