import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { dial, drainOf, greeting, startAuthority, startProxy, startUpstream, take } from "./support.ts";

/** Idle timeouts count ticks: these are short. */
const parts = { tick: 20 };

test("J-14: without a byte in either direction both sides are closed", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream], { idleTimeout: "200ms", parts });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  client.write("x");
  await take(client, 1);
  const [inside] = upstream.accepted;
  const { bytes, error } = await drainOf(client);
  expect([bytes.length, error]).toEqual([0, undefined]);
  if (inside && !inside.closed) await once(inside, "close");
  expect(await proxy.line(({ audit }) => audit === "session-end")).toMatchObject({ reason: "idle" });
});

test("J-14: what waited for a reader that stood still is not taken for all there was", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream((socket) => void socket.pause());
  await using proxy = await startProxy(authority, [upstream], { idleTimeout: "200ms", parts });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  client.on("error", () => client.destroy());
  client.write(Buffer.alloc(32 * 1024 * 1024));
  const inside = await upstream.next();
  expect(await proxy.line(({ audit }) => audit === "session-end")).toMatchObject({ reason: "idle" });
  expect((await drainOf(inside.resume())).error).toBe("ECONNRESET");
});

test.each(["client", "upstream"])("J-14: bytes from the %s alone keep it open", async (talker) => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream((socket) => void socket.resume());
  await using proxy = await startProxy(authority, [upstream], { idleTimeout: "200ms", parts });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  client.resume();
  await once(client, "secureConnect");
  const inside = await upstream.next();
  const [from, to]: [Socket, Socket] = talker === "client" ? [client, inside] : [inside, client];
  // One byte after the other has gone through, for three times the idle time.
  const start = performance.now();
  while (performance.now() - start < 600) {
    from.write("x");
    await once(to, "data");
  }
  expect([client.destroyed, inside.destroyed]).toEqual([false, false]);
  client.destroy();
});

/** The keep-alive timer of a connection runs, by its two ports, ours first (proc_pid_net(5): `tr` is 2). */
async function isProbed(...ports: readonly (number | undefined)[]): Promise<boolean> {
  const [local, remote] = ports.map((port = 0) => port.toString(16).toUpperCase().padStart(4, "0"));
  const line = new RegExp(`:${local} [0-9A-F]{8}:${remote} 01 [0-9A-F:]+ 02:`);
  return line.test(await readFile("/proc/net/tcp", "utf8"));
}

test("J-14: both sides of a connection that lasts are probed by the kernel, so that one that vanished is noticed", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream], { parts });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  client.write("x");
  await take(client, 1);
  const { remotePort, localPort } = await upstream.next();
  for (;;) {
    const probed = await Promise.all([isProbed(proxy.port, client.localPort), isProbed(remotePort, localPort)]);
    if (!probed.includes(false)) break;
    client.write("x");
    await take(client, 1);
  }
  client.destroy();
});

describe("J-16: the end of one side is passed on, the other direction goes on, and both are released", () => {
  test("the client ends first", async () => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream((socket) => {
      socket.on("end", () => socket.end("after your end"));
    });
    await using proxy = await startProxy(authority, [upstream]);
    const client = dial(proxy.port, await authority.client("alice@engineering"));
    client.end("all");
    const { bytes } = await drainOf(client);
    expect([String(bytes), upstream.received]).toEqual(["after your end", 3]);
    await proxy.line(({ audit }) => audit === "session-end");
    expect(proxy.proxy.connections).toBe(0);
  });

  test("the upstream ends first", async () => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream((socket) => void socket.end("bye"));
    await using proxy = await startProxy(authority, [upstream]);
    const client = dial(proxy.port, await authority.client("alice@engineering"));
    client.resume();
    await once(client, "end");
    client.end("still here");
    const inside = await upstream.next();
    if (!inside.readableEnded) await once(inside, "end");
    expect(upstream.received).toBe(10);
    await proxy.line(({ audit }) => audit === "session-end");
    expect(proxy.proxy.connections).toBe(0);
  });
});

test("a side that breaks off breaks the other off: no cut looks like an end", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await authority.client("alice@engineering");
  const cut = dial(proxy.port, alice);
  await take(cut, 5);
  upstream.accepted[0]?.resetAndDestroy();
  expect((await drainOf(cut)).error).toBe("ECONNRESET");

  const { connect } = await import("node:net");
  const { connect: connectTls } = await import("node:tls");
  const raw = connect(proxy.port, "127.0.0.1");
  const leaving = connectTls({ socket: raw, servername: "localhost", ...alice });
  leaving.on("error", () => leaving.destroy());
  await take(leaving, 5);
  const inside = upstream.accepted[1];
  const broken = inside && once(inside, "error");
  raw.resetAndDestroy();
  const [error] = (await broken) ?? [];
  expect(error).toMatchObject({ code: "ECONNRESET" });
});

describe("the life of a connection", () => {
  test("ends with its certificate", async () => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    const clock = { now: Date.now() / 1000 };
    await using proxy = await startProxy(authority, [upstream], { parts: { now: () => clock.now } });
    const notAfter = new Date(Date.now() + 3_600_000);
    const client = dial(proxy.port, await authority.client("alice@engineering", { notAfter }));
    const other = dial(proxy.port, await authority.client("bob@engineering"));
    await Promise.all([take(client, 5), take(other, 5)]);
    clock.now += 3_601;
    expect((await drainOf(client)).error).toBe("ECONNRESET");
    expect(await proxy.line(({ audit }) => audit === "session-end")).toMatchObject({ reason: "expired" });
    expect(other.destroyed).toBe(false);
    other.destroy();
  });

  test("or with the lifetime that the listener sets", async () => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    const clock = { now: Date.now() / 1000 };
    await using proxy = await startProxy(authority, [upstream], { lifetime: "1m", parts: { now: () => clock.now } });
    const client = dial(proxy.port, await authority.client("alice@engineering"));
    await take(client, 5);
    clock.now += 61;
    expect((await drainOf(client)).error).toBe("ECONNRESET");
  });
});

describe("J-17: closing", () => {
  test("takes no new connection, waits for open ones, and cuts them when the time is over", async () => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream]);
    const alice = await authority.client("alice@engineering");
    const [finishing, lingering] = [dial(proxy.port, alice), dial(proxy.port, alice)];
    await Promise.all([take(finishing, 5), take(lingering, 5)]);
    const { port } = proxy;
    const closed = proxy.proxy.close({ drain: 500 });
    const refused = await drainOf(dial(port, alice));
    expect(refused.error).toBe("ECONNREFUSED");
    finishing.end("still working");
    expect(String((await drainOf(finishing)).bytes)).toBe("still working");
    expect((await drainOf(lingering)).error).toBe("ECONNRESET");
    await closed;
    expect(proxy.proxy.connections).toBe(0);
  });

  test("needs no waiting where nothing is open, and may be asked for again; listening twice is a fault", async () => {
    await using authority = await startAuthority();
    await using proxy = await startProxy(authority, [{ address: "127.0.0.1:1" }]);
    await expect(proxy.proxy.listen()).rejects.toThrow(/is listening already/);
    await Promise.all([proxy.proxy.close({ drain: 60_000 }), proxy.proxy.close()]);
    await proxy.proxy.close();
    await expect(proxy.proxy.listen()).rejects.toThrow(/is closed already/);
    expect(() => proxy.proxy.port).toThrow(/does not listen/);
  });

  test("a silent socket does not hold it up", async () => {
    await using authority = await startAuthority();
    await using proxy = await startProxy(authority, [{ address: "127.0.0.1:1" }]);
    const { connect } = await import("node:net");
    const silent = connect(proxy.port, "127.0.0.1");
    await once(silent, "connect");
    await proxy.proxy.close({ drain: 60_000 });
    if (!silent.closed) await once(silent.resume(), "close");
  });
});

test("content survives back-pressure: slow readers on both sides get every byte in its place", async () => {
  await using authority = await startAuthority();
  const payload = randomBytes(16 * 1024 * 1024);
  const received: Buffer[] = [];
  await using upstream = await startUpstream((socket) => {
    writeInPieces(socket, payload);
    slowly(socket, received);
  });
  await using proxy = await startProxy(authority, [upstream]);
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  const got: Buffer[] = [];
  slowly(client, got);
  writeInPieces(client, payload);
  const inside = await upstream.next();
  await Promise.all([once(client, "close"), once(inside, "close")]);
  expect([Buffer.concat(got).equals(payload), Buffer.concat(received).equals(payload)]).toEqual([true, true]);
});

/** Reads in fits: after each chunk nothing is read until the event loop has gone round a few times. */
function slowly(socket: Socket, into: Buffer[]): void {
  socket.on("data", (chunk: Buffer) => {
    into.push(chunk);
    socket.pause();
    setImmediate(() => setImmediate(() => setImmediate(() => socket.resume())));
  });
}

/** Odd pieces, each in a turn of its own: several fit behind one another into a queue that is not full. */
function writeInPieces(socket: Socket, payload: Buffer, at = 0): void {
  const end = at + 9_973;
  if (end >= payload.length) return void socket.end(payload.subarray(at));
  const more = socket.write(payload.subarray(at, end));
  const next = () => writeInPieces(socket, payload, end);
  if (more) setImmediate(next);
  else socket.once("drain", next);
}
