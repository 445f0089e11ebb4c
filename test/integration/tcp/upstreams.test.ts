import { once } from "node:events";
import { connect } from "node:net";
import type { TcpProxyParts } from "@sallyport/gateway";
import { expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { dial, drainOf, greeting, startAuthority, startProxy, startUpstream, take } from "./support.ts";

test("J-13: the next connection goes where the fewest are open, ties in the list's order", async () => {
  await using authority = await startAuthority();
  await using one = await startUpstream(greeting("1"));
  await using two = await startUpstream(greeting("2"));
  await using three = await startUpstream(greeting("3"));
  await using proxy = await startProxy(authority, [one, two, three]);
  const alice = await authority.client("alice@engineering");
  const open = async () => {
    const client = dial(proxy.port, alice);
    return { client, name: String(await take(client, 1)) };
  };
  const held = [await open(), await open(), await open(), await open()];
  expect(held.map(({ name }) => name)).toEqual(["1", "2", "3", "1"]);
  held[1]?.client.end();
  await proxy.line(({ audit }) => audit === "session-end");
  const next = [await open(), await open()];
  expect(next.map(({ name }) => name)).toEqual(["2", "2"]);
  for (const { client } of [...held, ...next]) client.destroy();
});

test("J-13: no upstream at all is a fault of the configuration", async () => {
  await using authority = await startAuthority();
  await expect(startProxy(authority, [])).rejects.toThrow(/upstreams must list one at least/);
});

test("J-15: an upstream that refuses is passed over for the next, and marked", async () => {
  await using authority = await startAuthority();
  await using gone = await startUpstream();
  gone.server.close();
  await using other = await startUpstream(greeting("other"));
  await using proxy = await startProxy(authority, [gone, other]);
  const alice = await authority.client("alice@engineering");
  for (let turn = 0; turn < 3; turn++) {
    const client = dial(proxy.port, alice);
    expect(String(await take(client, 5))).toBe("other");
    client.destroy();
  }
  const faults = proxy.lines.filter(({ message }) => message === "an upstream cannot be reached");
  expect(faults.map(({ code }) => code)).toEqual(["ECONNREFUSED"]);
});

test("J-15: an upstream that hangs is given up when the time to dial is over, and the next one is tried", async () => {
  await using authority = await startAuthority();
  await using silent = await startUpstream(() => {});
  await using inner = await startUpstream(greeting("hello"));
  await using outer = await startProxy(authority, [inner], { proxyProtocol: {} });
  const alice = await authority.client("alice@engineering");
  const upstreamTls = {
    ca: authority.tls.ca,
    serverName: "localhost",
    cert: await authority.write("alice.pem", alice.cert),
    key: await authority.write("alice.key", alice.key),
  };
  const upstreams = [silent, { address: `127.0.0.1:${outer.port}` }];
  await using proxy = await startProxy(authority, upstreams, { upstreamTls, dialTimeout: "200ms" });
  const client = dial(proxy.port, alice);
  expect(String(await take(client, 5))).toBe("hello");
  expect(await proxy.line(({ message }) => message === "an upstream cannot be reached")).toMatchObject({
    code: "dial-timeout",
  });
  client.destroy();
});

test("J-16: a client that ends without a byte while the upstream is dialled has ended", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  const [dialling, ready] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: TcpProxyParts["dial"] = async ({ host, port }, { onread }) => {
    dialling.resolve();
    await ready.promise;
    const socket = connect({ host, port, onread, allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  };
  await using proxy = await startProxy(authority, [upstream], { parts: { dial: slow } });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  await dialling.promise;
  client.destroy();
  await once(client, "close");
  ready.resolve();
  await proxy.line(({ audit }) => audit === "session-end");
  expect(proxy.proxy.connections).toBe(0);
});

test("J-15: all upstreams refuse: closed without a byte, and the log says so", async () => {
  await using authority = await startAuthority();
  await using gone = await startUpstream();
  gone.server.close();
  await using proxy = await startProxy(authority, [gone]);
  const { bytes } = await drainOf(dial(proxy.port, await authority.client("alice@engineering")));
  expect(bytes.length).toBe(0);
  await proxy.line(({ message }) => message === "no upstream can be reached");
});

test("J-18: readiness, refusals and dial faults are structured lines", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream], { name: "database" });
  const [host, port] = upstream.address.split(":");
  expect(await proxy.line(({ message }) => message === "TCP listener ready")).toMatchObject({
    listener: "database",
    address: { host: "127.0.0.1", port: proxy.port },
    upstreams: [{ host, port: Number(port) }],
  });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  client.end("12345");
  await drainOf(client);
  expect(await proxy.line(({ audit }) => audit === "session-end")).toMatchObject({
    address: "database",
    principal: "alice@engineering",
    received: 5,
    sent: 5,
  });
});

test("J-19: three echo servers behind one listener answer everyone", async () => {
  await using authority = await startAuthority();
  await using one = await startUpstream();
  await using two = await startUpstream();
  await using three = await startUpstream();
  await using proxy = await startProxy(authority, [one, two, three], { rateLimit: { capacity: 30, fillRate: "5s" } });
  const alice = await authority.client("alice@engineering");
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const client = dial(proxy.port, alice);
      client.end(`message ${index}`);
      return String((await drainOf(client)).bytes);
    }),
  );
  expect(answers).toEqual(Array.from({ length: 30 }, (_, index) => `message ${index}`));
  expect([one, two, three].map(({ accepted }) => accepted.length)).not.toContain(0);
});

test("J-20: the upstream's side is plain TCP", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream]);
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  client.write("in clear");
  const socket = await upstream.next();
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toBe("in clear");
  client.destroy();
});

test("the upstream's side is TLS where that is asked for, its certificate verified", async () => {
  await using authority = await startAuthority();
  await using inner = await startUpstream(greeting("hello"));
  await using outer = await startProxy(authority, [inner]);
  const caFile = authority.tls.ca;
  const gateway = await authority.client("gateway@engineering");
  const upstreamTls = {
    ca: caFile,
    serverName: "localhost",
    cert: await authority.write("gateway.pem", gateway.cert),
    key: await authority.write("gateway.key", gateway.key),
  };
  const upstreams = [{ address: `127.0.0.1:${outer.port}` }];
  await using proxy = await startProxy(authority, upstreams, { upstreamTls });
  const alice = await authority.client("alice@engineering");
  const client = dial(proxy.port, alice);
  client.end("and back");
  expect(String((await drainOf(client)).bytes)).toBe("helloand back");
  const stranger = await authority.write("stranger.pem", (await makeAuthority()).cert);
  await using wary = await startProxy(authority, upstreams, { upstreamTls: { ...upstreamTls, ca: stranger } });
  expect((await drainOf(dial(wary.port, alice))).bytes.length).toBe(0);
});

test("the PROXY header tells an upstream the client, and a balancer tells it to us", async () => {
  await using authority = await startAuthority();
  const chunks: Buffer[] = [];
  await using upstream = await startUpstream((socket) => void socket.on("data", (chunk: Buffer) => chunks.push(chunk)));
  await using inner = await startProxy(authority, [upstream], {
    proxyProtocol: { send: true, acceptFrom: ["127.0.0.1"] },
  });
  const { connect } = await import("node:tls");
  const { connect: connectPlain } = await import("node:net");
  const alice = await authority.client("alice@engineering");
  const raw = connectPlain(inner.port, "127.0.0.1");
  const header = Buffer.from("0d0a0d0a000d0a515549540a2111000cc0000207cb007105c0041388", "hex");
  raw.write(header);
  const client = connect({ socket: raw, servername: "localhost", ...alice });
  client.end("x");
  const socket = await upstream.next();
  await once(socket, "end");
  const got = Buffer.concat(chunks);
  expect(String(got.subarray(header.length))).toBe("x");
  expect(got.subarray(0, 20).toString("hex")).toBe("0d0a0d0a000d0a515549540a2111000cc0000207");
  expect(await inner.line(({ decision }) => decision === "allow")).toMatchObject({ clientAddress: "192.0.2.7" });
  client.destroy();
  const bare = await drainOf(dial(inner.port, alice));
  expect([bare.bytes.length, await inner.denial()]).toEqual([0, "proxy-header"]);
});
