import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import type { Certificate } from "../../support/certificates.ts";
import { isBack, settledResources } from "../../support/resources.ts";
import { dial, drainOf, greeting, startAuthority, startProxy, startUpstream, take } from "./support.ts";

const FROM_BALANCER = { proxyProtocol: { acceptFrom: ["127.0.0.1"] } };
/** PROXY, TCP over IPv4, 192.0.2.7:51968 to 192.0.2.1:5000. */
const HEADER = Buffer.from("0d0a0d0a000d0a515549540a2111000cc0000207c0000201cb001388", "hex");
/** The same without addresses: the balancer speaks for itself. */
const LOCAL = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");

/** With what balancers add behind the addresses. */
function padded(header: Buffer, more: number): Buffer {
  const whole = Buffer.concat([header, Buffer.alloc(more)]);
  whole.writeUInt16BE(header.readUInt16BE(14) + more, 14);
  return whole;
}

/** A connection that has sent these bytes, each of which is a segment. */
async function dialPlain(port: number, segments: readonly Buffer[]): Promise<Socket> {
  const raw = connectPlain({ host: "127.0.0.1", port, noDelay: true });
  raw.on("error", () => raw.destroy());
  for (const segment of segments) await new Promise((resolve) => raw.write(segment, resolve));
  return raw;
}

async function dialBehind(port: number, segments: readonly Buffer[], certificate: Certificate): Promise<TLSSocket> {
  return startTls(await dialPlain(port, segments), certificate);
}

function startTls(raw: Socket, certificate: Certificate): TLSSocket {
  const client = connect({ socket: raw, servername: "localhost", ...certificate });
  client.on("error", () => client.destroy());
  return client;
}

test.for([
  ["in one piece", [HEADER], "192.0.2.7"],
  ["byte by byte", [...HEADER].map((byte) => Buffer.from([byte])), "192.0.2.7"],
  ["with more behind its addresses", [padded(HEADER, 2_000)], "192.0.2.7"],
  ["of the balancer itself", [LOCAL], "127.0.0.1"],
] as const)("a balancer's header %s is read, and not a byte more", async ([, segments, clientAddress]) => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], FROM_BALANCER);
  const client = await dialBehind(proxy.port, segments, await authority.client("alice@engineering"));
  expect(String(await take(client, 5))).toBe("hello");
  expect(await proxy.line(({ decision }) => decision === "allow")).toMatchObject({ clientAddress });
  client.destroy();
});

test("clients of one balancer whose handshakes overtake one another are each taken for themselves", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], FROM_BALANCER);
  const other = Buffer.from(HEADER);
  other.writeUInt8(8, 19);
  const slow = await dialPlain(proxy.port, [HEADER]);
  const quick = await dialBehind(proxy.port, [other], await authority.client("bob@engineering"));
  await take(quick, 5);
  const client = startTls(slow, await authority.client("alice@engineering"));
  await take(client, 5);
  for (const [principal, clientAddress] of [
    ["bob@engineering", "192.0.2.8"],
    ["alice@engineering", "192.0.2.7"],
  ]) {
    const line = await proxy.line((one) => one.decision === "allow" && one.principal === principal);
    expect(line).toMatchObject({ clientAddress });
  }
  for (const socket of [quick, client]) socket.destroy();
});

test.for([
  ["ends", (raw: Socket) => raw.end()],
  ["ends within its first message", (raw: Socket) => raw.end(Buffer.from("160301020001", "hex"))],
  ["breaks off", (raw: Socket) => raw.resetAndDestroy()],
  ["sends something else", (raw: Socket) => raw.write("GET / HTTP/1.1\r\n\r\n")],
] as const)("who gives a handshake up is named all the same: it %s", async ([, giveUp]) => {
  await using authority = await startAuthority();
  await using proxy = await startProxy(authority, [{ address: "127.0.0.1:1" }], FROM_BALANCER);
  const raw = await dialPlain(proxy.port, [HEADER]);
  // Another client's, later: whoever was last is not who gave up.
  const other = await dialPlain(proxy.port, [LOCAL]);
  giveUp(raw);
  const line = await proxy.line(({ decision }) => decision === "deny");
  expect(line).toMatchObject({ reason: "handshake-failed", clientAddress: "192.0.2.7" });
  for (const socket of [raw, other]) socket.destroy();
});

test.for([
  ["of version 1", Buffer.from("PROXY TCP4 192.0.2.7 192.0.2.1 51968 5000\r\n")],
  ["longer than any is", Buffer.concat([HEADER.subarray(0, 14), Buffer.from([0xff, 0xff]), Buffer.alloc(65_535)])],
  ["that is too short for its addresses", Buffer.concat([HEADER.subarray(0, 14), Buffer.from([0, 4, 1, 2, 3, 4])])],
] as const)("a header %s is refused", async ([, bytes]) => {
  await using authority = await startAuthority();
  await using proxy = await startProxy(authority, [{ address: "127.0.0.1:1" }], FROM_BALANCER);
  const balancer = connectPlain(proxy.port, "127.0.0.1");
  balancer.write(bytes);
  const { bytes: answer } = await drainOf(balancer);
  expect([answer.length, await proxy.denial()]).toEqual([0, "proxy-header"]);
});

test.for(["ends", "is silent"])("a balancer that %s within its header is let go of", async (way) => {
  await using authority = await startAuthority();
  await using proxy = await startProxy(authority, [{ address: "127.0.0.1:1" }], {
    ...FROM_BALANCER,
    handshakeTimeout: "300ms",
  });
  const balancer = connectPlain(proxy.port, "127.0.0.1");
  balancer.write(HEADER.subarray(0, 20));
  if (way === "ends") balancer.end();
  await drainOf(balancer);
  expect(await proxy.denial()).toBe("proxy-header");
});

test("from elsewhere a header is no more than garbage: nobody says who they are", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const proxyProtocol = { acceptFrom: ["127.0.0.2"] };
  await using proxy = await startProxy(authority, [upstream], { proxyProtocol });
  const alice = await authority.client("alice@engineering");
  const { bytes } = await drainOf(await dialBehind(proxy.port, [HEADER], alice));
  expect([bytes.length, upstream.accepted.length]).toEqual([0, 0]);
  expect(await proxy.line(({ decision }) => decision === "deny")).toMatchObject({
    reason: "handshake-failed",
    clientAddress: "127.0.0.1",
  });
  const honest = dial(proxy.port, alice);
  expect(String(await take(honest, 5))).toBe("hello");
  honest.destroy();
});

test("what a balancer said of both ends is said on to upstreams, IPv6 over IPv4 as well", async () => {
  const ends = ["20010db8000000000000000000000007", "20010db8000000000000000000000001", "cb00", "1388"].join("");
  const header = Buffer.from(`0d0a0d0a000d0a515549540a21210024${ends}`, "hex");
  await using authority = await startAuthority();
  const heard = Promise.withResolvers<Buffer>();
  await using upstream = await startUpstream((socket) => void socket.once("data", heard.resolve));
  const proxyProtocol = { ...FROM_BALANCER.proxyProtocol, send: true };
  await using proxy = await startProxy(authority, [upstream], { proxyProtocol });
  const client = await dialBehind(proxy.port, [header], await authority.client("alice@engineering"));
  expect((await heard.promise).toString("hex")).toBe(header.toString("hex"));
  client.destroy();
});

test("with TLS 1.2 a saved session opens nothing either, and nobody changes certificates by renegotiation", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, minVersion: "TLSv1.2" } });
  const alice = await authority.client("alice@engineering");
  const first = dial(proxy.port, alice, { maxVersion: "TLSv1.2" });
  await take(first, 5);
  const session = first.getSession();
  expect(first.getProtocol()).toBe("TLSv1.2");
  first.renegotiate({}, ignored);
  expect((await drainOf(first)).error).toMatch(/NO_RENEGOTIATION/);
  const again = dial(proxy.port, alice, { maxVersion: "TLSv1.2", ...(session ? { session } : {}) });
  await take(again, 5);
  expect([session instanceof Buffer, again.isSessionReused()]).toEqual([true, false]);
  again.destroy();
});

test("clients that break off at any stage leave nothing behind", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { handshakeTimeout: "5s" });
  const alice = await authority.client("alice@engineering");
  const warm = dial(proxy.port, alice);
  await take(warm, 5);
  warm.destroy();
  await expect.poll(() => proxy.proxy.connections).toBe(0);
  const before = await settledResources();
  const stages: readonly ((raw: Socket) => Promise<unknown>)[] = [
    async () => undefined,
    async (raw) => raw.write(Buffer.from("160301", "hex")),
    async (raw) => once(connect({ socket: raw, servername: "localhost", ...alice }).on("error", ignored), "session"),
    async (raw) => once(connect({ socket: raw, servername: "localhost", ...alice }), "secureConnect"),
    async (raw) => take(connect({ socket: raw, servername: "localhost", ...alice }), 5),
  ];
  for (const stage of stages) {
    for (let turn = 0; turn < 10; turn++) {
      const raw = connectPlain(proxy.port, "127.0.0.1");
      raw.on("error", ignored);
      await once(raw, "connect");
      await stage(raw);
      raw.resetAndDestroy();
    }
  }
  await expect.poll(() => proxy.proxy.connections).toBe(0);
  await expect.poll(() => isBack(before)).toBe(true);
});

test("a full listener closes what comes more, and the log says so", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { maxConnections: 1 });
  const alice = await authority.client("alice@engineering");
  const first = dial(proxy.port, alice);
  await take(first, 5);
  expect((await drainOf(dial(proxy.port, alice))).bytes.length).toBe(0);
  expect(await proxy.line(({ decision }) => decision === "deny")).toMatchObject({
    reason: "connections-full",
    clientAddress: "127.0.0.1",
  });
  first.destroy();
});

test("a name that the listener does not have, and one that is none, change nothing", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await authority.client("alice@engineering");
  for (const servername of ["elsewhere.example.org", "a".repeat(255), ""]) {
    const client = dial(proxy.port, alice, { servername, checkServerIdentity: () => undefined });
    expect(String(await take(client, 5))).toBe("hello");
    client.destroy();
  }
});

/** What it means is told by the close behind it. */
function ignored(): void {}
