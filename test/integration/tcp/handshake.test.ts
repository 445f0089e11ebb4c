import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { createTcpProxy } from "@sallyport/gateway";
import { describe, expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "../../support/certificates.ts";
import { freePort } from "../../support/ports.ts";
import { dial, drainOf, greeting, startAuthority, startProxy, startUpstream, take } from "./support.ts";

const DAY = 86_400_000;

test("J-01: any payload passes byte for byte, both ways, over many connections at once", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await authority.client("alice@engineering");
  const echoes = Array.from({ length: 20 }, async (_, index) => {
    const payload = randomBytes(100_000 + index * 7_919);
    const client = dial(proxy.port, alice);
    client.end(payload);
    const { bytes } = await drainOf(client);
    return bytes.equals(payload);
  });
  expect(await Promise.all(echoes)).toEqual(Array(20).fill(true));
});

describe("J-02: a bad configuration or path fails the construction, and says what to do", () => {
  test.each([
    ["no CA", { ca: "/nowhere/ca.pem" }, /\/nowhere\/ca\.pem does not exist/],
    ["a folder for a key", { key: "/" }, /\/ is a folder/],
  ])("%s", async (_, tls, message) => {
    await using authority = await startAuthority();
    await expect(startProxy({ tls: { ...authority.tls, ...tls } }, [{ address: "127.0.0.1:1" }])).rejects.toThrow(
      message,
    );
  });

  test("a key of another certificate, and files that were swapped", async () => {
    await using authority = await startAuthority();
    const { ca, cert, key } = authority.tls;
    const other = await authority.write("other.key", (await authority.authority.issue()).key);
    const upstreams = [{ address: "127.0.0.1:1" }];
    await expect(startProxy({ tls: { ca, cert, key: other } }, upstreams)).rejects.toThrow(/does not belong/);
    await expect(startProxy({ tls: { ca, cert: key, key: cert } }, upstreams)).rejects.toThrow(/no PEM private key/);
    await expect(startProxy({ tls: { ca: key, cert, key } }, upstreams)).rejects.toThrow(/no PEM certificate/);
  });

  test("a key that TLS finds too small", async () => {
    await using authority = await startAuthority();
    const weak = await authority.authority.issue({ key: "rsa-1024" });
    const pair = {
      cert: await authority.write("weak.pem", weak.cert),
      key: await authority.write("weak.key", weak.key),
    };
    await expect(startProxy({ tls: { ...authority.tls, ...pair } }, [{ address: "127.0.0.1:1" }])).rejects.toThrow(
      /TLS takes no such certificate \(ee key too small\): make one with ECDSA P-256/,
    );
  });

  test("values that cannot be read, all at once, and a key that nobody knows", async () => {
    const wrong = {
      listen: "5000",
      tls: { ca: "a", cert: "b", key: "c" },
      authorizedGroups: [],
      upstreams: ["db"],
      idelTimeout: 5,
    };
    const made = createTcpProxy(wrong as never);
    await expect(made).rejects.toThrow(/listen must be an address and a port/);
    await expect(made).rejects.toThrow(/authorizedGroups must list one at least/);
    await expect(made).rejects.toThrow(/upstreams must list hosts with their port/);
    await expect(made).rejects.toThrow(/idelTimeout is no known key; did you mean "idleTimeout"\?/);
  });

  test("an address in use", async () => {
    await using authority = await startAuthority();
    await using proxy = await startProxy(authority, [{ address: "127.0.0.1:1" }]);
    await expect(
      startProxy(authority, [{ address: "127.0.0.1:1" }], { listen: `127.0.0.1:${proxy.port}` }),
    ).rejects.toThrow(/EADDRINUSE/);
  });
});

test("J-03: a client of TLS 1.2 fails the handshake, one of TLS 1.3 gets a suite of its", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await authority.client("alice@engineering");
  const old = await drainOf(dial(proxy.port, alice, { maxVersion: "TLSv1.2" }));
  expect(old.error).toMatch(/PROTOCOL_VERSION/);
  expect(await proxy.denial()).toBe("handshake-failed");
  const client = dial(proxy.port, alice);
  await take(client, 5);
  expect([client.getProtocol(), client.getCipher().name]).toEqual(["TLSv1.3", "TLS_AES_128_GCM_SHA256"]);
  client.destroy();
});

describe("J-04: without a certificate of the authority nothing is dialled, and no byte comes back", () => {
  const clients = {
    "no certificate": async ({ ca }: { ca: string }) => ({ ca }),
    "self-signed": async ({ ca }: { ca: string }) => {
      const { cert, key } = await makeCertificate({ subject: "CN=alice@engineering" });
      return { cert, key, ca };
    },
    "another authority of the same name": async ({ ca }: { ca: string }) => {
      const { cert, key } = await (await makeAuthority()).issue({ subject: "CN=alice@engineering", usage: "client" });
      return { cert, key, ca };
    },
  };
  const reasons = { "no certificate": "certificate-missing", "self-signed": "certificate-untrusted" };

  test.each(Object.entries(clients))("%s", async (name, make) => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream]);
    const { bytes } = await drainOf(dial(proxy.port, await make({ ca: authority.authority.cert })));
    const reason = reasons[name as keyof typeof reasons] ?? "certificate-untrusted";
    expect([bytes.length, await proxy.denial(), upstream.accepted.length]).toEqual([0, reason, 0]);
  });

  test.each([
    ["expired", { notAfter: new Date(Date.now() - DAY) }, "certificate-expired"],
    ["not valid yet", { notBefore: new Date(Date.now() + DAY) }, "certificate-untrusted"],
    ["a server's", { usage: "server" }, "certificate-untrusted"],
  ] as const)("%s", async (_, leaf, reason) => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream]);
    const { bytes } = await drainOf(dial(proxy.port, await authority.client("alice@engineering", leaf)));
    expect([bytes.length, await proxy.denial(), upstream.accepted.length]).toEqual([0, reason, 0]);
  });

  test("a saved TLS session opens nothing: each connection makes a whole handshake", async () => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream]);
    const alice = await authority.client("alice@engineering");
    const first = dial(proxy.port, alice);
    const saved: Buffer[] = [];
    first.on("session", (session: Buffer) => saved.push(session));
    await take(first, 5);
    first.destroy();
    const again = dial(proxy.port, alice, saved[0] ? { session: saved[0] } : {});
    await take(again, 5);
    expect(again.isSessionReused()).toBe(false);
    again.destroy();
    const expired = await authority.client("alice@engineering", { notAfter: new Date(Date.now() - DAY) });
    const { bytes } = await drainOf(dial(proxy.port, expired, saved[0] ? { session: saved[0] } : {}));
    expect([bytes.length, await proxy.denial()]).toEqual([0, "certificate-expired"]);
  });
});

test("J-05: the server's certificate of the same authority is verified by the client, RSA-2048 with SHA-256 as well", async () => {
  await using authority = await startAuthority({ key: "rsa-2048", name: "Test,O=Test,L=Denver,ST=CO,C=US" });
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  for (const servername of ["localhost", ""]) {
    const client = dial(proxy.port, await authority.client("alice@engineering"), { servername });
    await take(client, 5);
    expect(client.authorized).toBe(true);
    client.destroy();
  }
  const stranger = await drainOf(dial(proxy.port, { ca: (await makeAuthority()).cert }));
  expect(stranger.error).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
});

describe("J-06: the common name is user@group, with one @ and neither part empty", () => {
  test.each([
    "alice",
    "alice@",
    "@engineering",
    "a@b@engineering",
    "@",
    "al\u0000ice@engineering",
    "alice＠engineering",
  ])("%j names nobody", async (commonName) => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream]);
    const { bytes } = await drainOf(dial(proxy.port, await authority.client(commonName)));
    expect([bytes.length, await proxy.denial(), upstream.accepted.length]).toEqual([0, "certificate-identity", 0]);
  });

  test.each(["jörg@engineering", "alice smith@engineering"])("%j names somebody", async (commonName) => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream]);
    const client = dial(proxy.port, await authority.client(commonName));
    await take(client, 5);
    expect(await proxy.line(({ decision }) => decision === "allow")).toMatchObject({ principal: commonName });
    client.destroy();
  });
});

test("a SPIFFE identity is read by a rule, from the certificate's URI", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const identities = [{ from: "uri", pattern: "spiffe://example.org/{group}/{user}" }] as const;
  await using proxy = await startProxy(authority, [upstream], { identities });
  const client = dial(proxy.port, await authority.client("x", { names: ["spiffe://example.org/engineering/web"] }));
  await take(client, 5);
  client.destroy();
  const { bytes } = await drainOf(dial(proxy.port, await authority.client("alice@engineering")));
  expect([bytes.length, await proxy.denial()]).toEqual([0, "certificate-identity"]);
});

test("a client that ends before its handshake is let go of at once", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = await startProxy(authority, [upstream], { handshakeTimeout: "1h" });
  const client = connectPlain(proxy.port, "127.0.0.1");
  client.end();
  await drainOf(client);
  expect(await proxy.denial()).toBe("handshake-failed");
});

test("garbage before the handshake, and silence, are ended, and honest clients do not notice", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { handshakeTimeout: "500ms" });
  const alice = await authority.client("alice@engineering");
  const silent = Array.from({ length: 40 }, () => connectPlain(proxy.port, "127.0.0.1"));
  const garbage = Array.from({ length: 20 }, () => connectPlain(proxy.port, "127.0.0.1"));
  for (const socket of garbage) socket.end("GET / HTTP/1.1\r\n\r\n");
  const ended = [...silent, ...garbage].map((socket) => drainOf(socket));
  for (let turn = 0; turn < 3; turn++) {
    const client = dial(proxy.port, alice);
    expect(String(await take(client, 5))).toBe("hello");
    client.destroy();
    await once(client, "close");
  }
  await Promise.all(ended);
  await proxy.line(({ reason }) => reason === "handshake-timeout");
  await proxy.line(({ reason }) => reason === "handshake-failed");
  expect(upstream.accepted.length).toBe(3);
});

test("one address that is silent on all its connections leaves room for others, and for itself when they end", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { handshakeTimeout: "1h", maxHandshakes: 3 });
  const alice = await authority.client("alice@engineering");
  const silent = Array.from({ length: 3 }, () => connectPlain(proxy.port, "127.0.0.1"));
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  await drainOf(connectPlain(proxy.port, "127.0.0.1"));
  expect(await proxy.line(({ reason }) => reason === "connections-full")).toMatchObject({ detail: "handshakes" });
  const fromElsewhere = { port: proxy.port, localAddress: "127.0.0.2" };
  const elsewhere = dial(proxy.port, alice, fromElsewhere);
  expect(String(await take(elsewhere, 5))).toBe("hello");
  const [first] = silent;
  first?.end();
  expect(await proxy.denial()).toBe("connections-full");
  expect(await proxy.denial()).toBe("handshake-failed");
  // Whoever is in does not count any more.
  for (let turn = 0; turn < 3; turn++) expect(String(await take(dial(proxy.port, alice), 5))).toBe("hello");
});

test("J-02: one that is closed before it listens never does", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  const [port, { tls }, upstreams] = [await freePort(), authority, [upstream.address]];
  const proxy = await createTcpProxy({
    listen: `127.0.0.1:${port}`,
    tls,
    upstreams,
    authorizedGroups: ["engineering"],
  });
  const listening = proxy.listen();
  const refused = expect(listening).rejects.toThrow("closed before it listened");
  await proxy.close();
  await refused;
  const [error] = (await once(connectPlain({ host: "127.0.0.1", port }), "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNREFUSED");
});
