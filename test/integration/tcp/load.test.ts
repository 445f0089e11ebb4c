import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Certificate } from "../../support/certificates.ts";
import { isBack, settledResources } from "../../support/resources.ts";
import {
  dial,
  drainOf,
  greeting,
  startAuthority,
  startProxy,
  startUpstream,
  type TestAuthority,
  take,
} from "./support.ts";

const MIB = 1024 * 1024;

const engineer = (authority: TestAuthority, name = "alice") => authority.client(`${name}@engineering`);

/** Sends a payload through an echo and back, and says whether it came back whole. */
async function pump(port: number, certificate: Certificate, payload: Buffer): Promise<boolean> {
  const client = dial(port, certificate);
  client.end(payload);
  const { bytes } = await drainOf(client);
  return bytes.equals(payload);
}

test("after a handshake flood, with honest clients among it, nothing is left", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream], { handshakeTimeout: "1s" });
  const alice = await engineer(authority);
  expect(await pump(proxy.port, alice, randomBytes(1000))).toBe(true);
  const before = await settledResources();
  const silent = Array.from({ length: 40 }, () => connect(proxy.port, "127.0.0.1"));
  const garbage = Array.from({ length: 20 }, () => connect(proxy.port, "127.0.0.1"));
  for (const socket of garbage) socket.end(randomBytes(300));
  const ended = [...silent, ...garbage].map(drainOf);
  const honest = Array.from({ length: 3 }, () => pump(proxy.port, alice, randomBytes(MIB)));
  expect(await Promise.all(honest)).toEqual([true, true, true]);
  await Promise.all(ended);
  await expect.poll(() => isBack(before)).toBe(true);
});

test("thirty idle connections are reaped", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { idleTimeout: "300ms", parts: { tick: 50 } });
  const alice = await engineer(authority);
  const clients = Array.from({ length: 30 }, () => dial(proxy.port, alice));
  await Promise.all(clients.map((client) => take(client, 5)));
  const ends = await Promise.all(clients.map(drainOf));
  expect(ends.map(({ error }) => error)).toEqual(Array(30).fill(undefined));
  await expect.poll(() => proxy.proxy.connections).toBe(0);
});

test("six clients that come and go a hundred times each leave no connection, count or memory behind", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await engineer(authority);
  const churn = async (turns: number) => {
    for (let turn = 0; turn < turns; turn++)
      expect(await pump(proxy.port, alice, randomBytes(1 + turn * 31))).toBe(true);
  };
  await churn(20);
  const before = await settledResources();
  await Promise.all(Array.from({ length: 6 }, () => churn(100)));
  await expect.poll(() => proxy.proxy.connections).toBe(0);
  await expect.poll(() => isBack(before)).toBe(true);
});

test("a limit of four under twelve clients holds all the time, and is free again at the end", async () => {
  await using authority = await startAuthority();
  let open = 0;
  let most = 0;
  await using upstream = await startUpstream((socket) => {
    most = Math.max(most, ++open);
    socket.once("close", () => open--);
    socket.end("x");
    socket.resume();
  });
  await using proxy = await startProxy(authority, [upstream], { maxConcurrent: 4 });
  const alice = await engineer(authority);
  let served = 0;
  const client = async () => {
    for (let turn = 0; turn < 30; turn++) served += (await drainOf(dial(proxy.port, alice))).bytes.length;
  };
  await Promise.all(Array.from({ length: 12 }, client));
  expect([most <= 4, served > 0]).toEqual([true, true]);
  await expect.poll(() => proxy.proxy.connections).toBe(0);
  expect(await pumpOne(proxy.port, alice)).toBe("x");
});

async function pumpOne(port: number, certificate: Certificate): Promise<string> {
  return String((await drainOf(dial(port, certificate))).bytes);
}

test("upstreams that flap, by refusal and by reset, cost only the connections that they break", async () => {
  await using authority = await startAuthority();
  await using steady = await startUpstream();
  let breaking = 0;
  await using flapping = await startUpstream((socket) => {
    breaking++;
    if (breaking % 2 === 0) socket.once("data", () => socket.resetAndDestroy());
    else socket.pipe(socket);
  });
  await using gone = await startUpstream();
  gone.server.close();
  await using proxy = await startProxy(authority, [gone, flapping, steady], { retryAfter: 0 });
  const alice = await engineer(authority);
  const outcomes: boolean[] = [];
  for (let turn = 0; turn < 40; turn++) outcomes.push(await pump(proxy.port, alice, Buffer.from(`turn ${turn}`)));
  const broken = outcomes.filter((whole) => !whole).length;
  expect(broken).toBe(Math.floor(breaking / 2));
  await expect.poll(() => proxy.proxy.connections).toBe(0);
});

test("ten pumps go on over five reloads without losing a byte, and new connections see the new certificate", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await engineer(authority);
  const payload = randomBytes(8 * MIB);
  const pumps = Array.from({ length: 10 }, () => pump(proxy.port, alice, payload));
  const seen = new Set<string>();
  for (let turn = 0; turn < 5; turn++) {
    const fresh = await authority.authority.issue();
    const [cert, key] = [await authority.write("fresh.pem", fresh.cert), await authority.write("fresh.key", fresh.key)];
    await copyFile(cert, authority.tls.cert);
    await copyFile(key, authority.tls.key);
    await proxy.proxy.reload();
    const client = dial(proxy.port, alice);
    await once(client, "secureConnect");
    seen.add(client.getPeerX509Certificate()?.fingerprint256 ?? "");
    client.destroy();
  }
  expect(await Promise.all(pumps)).toEqual(Array(10).fill(true));
  expect([seen.size, join(authority.folder, "server.pem")]).toEqual([5, authority.tls.cert]);
});

test("a drain lets five pumps of 8 MiB under way come to their end", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await engineer(authority);
  const payload = randomBytes(8 * MIB);
  const pumps = Array.from({ length: 5 }, () => pump(proxy.port, alice, payload));
  await Promise.all(Array.from({ length: 5 }, () => upstream.next()));
  const closed = proxy.proxy.close({ drain: 30_000 });
  await proxy.proxy.reload();
  expect(await Promise.all(pumps)).toEqual(Array(5).fill(true));
  await closed;
});

test("64 MiB in both directions at once arrive byte for byte", async () => {
  await using authority = await startAuthority();
  const [up, down] = [randomBytes(64 * MIB), randomBytes(64 * MIB)];
  const got: Buffer[] = [];
  await using upstream = await startUpstream((socket) => {
    socket.on("data", (chunk: Buffer) => got.push(chunk));
    socket.end(down);
  });
  await using proxy = await startProxy(authority, [upstream]);
  const client = dial(proxy.port, await engineer(authority));
  client.end(up);
  const { bytes } = await drainOf(client);
  const inside = upstream.accepted[0];
  if (inside && !inside.readableEnded) await once(inside, "end");
  expect([bytes.equals(down), Buffer.concat(got).equals(up)]).toEqual([true, true]);
});

test("writes of odd and tiny sizes arrive in their order", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream]);
  const client = dial(proxy.port, await engineer(authority));
  const payload = randomBytes(200_000);
  void writeOddly(client, payload);
  expect((await drainOf(client)).bytes.equals(payload)).toBe(true);
});

const SIZES = [1, 2, 3, 5, 7, 1_447, 1_449, 4_093, 16_383, 16_385];

async function writeOddly(socket: Socket, payload: Buffer): Promise<void> {
  let at = 0;
  for (let turn = 0; at < payload.length; turn++) {
    const size = SIZES[turn % SIZES.length] ?? 1;
    if (!socket.write(payload.subarray(at, at + size))) await once(socket, "drain");
    at += size;
  }
  socket.end();
}
