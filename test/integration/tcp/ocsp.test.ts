import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { freePort } from "../../support/ports.ts";
import { type ResponderOptions, startResponder } from "./responder.ts";
import {
  dial,
  drainOf,
  expectHersRevoked,
  greeting,
  startAuthority,
  startProxy,
  startUpstream,
  take,
} from "./support.ts";

test("a certificate that its issuer calls good gets in, a revoked one and an unknown one do not", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using responder = await startResponder(authority.authority);
  const issue = (name: string) => authority.client(`${name}@engineering`, { responder: responder.url });
  const [alice, bob, carol] = await Promise.all([issue("alice"), issue("bob"), issue("carol")]);
  responder.know(alice, "good");
  responder.know(bob, "revoked");
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp: {} } });
  const hers = dial(proxy.port, alice);
  expect(String(await take(hers, 5))).toBe("hello");
  hers.destroy();
  expect((await drainOf(dial(proxy.port, bob))).bytes.length).toBe(0);
  expect(await proxy.denial()).toBe("certificate-revoked");
  expect((await drainOf(dial(proxy.port, carol))).bytes.length).toBe(0);
  expect(await proxy.line(({ reason }) => reason === "certificate-unchecked")).toMatchObject({
    detail: `${responder.url} does not know the certificate`,
  });
});

test("an answer is kept: many connections of one certificate ask once, and who may not come asks nothing", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using responder = await startResponder(authority.authority, { minutes: 60 });
  const alice = await authority.client("alice@engineering");
  responder.know(alice, "good");
  await using proxy = await startProxy(authority, [upstream], {
    tls: { ...authority.tls, ocsp: { url: responder.url } },
  });
  expect((await drainOf(dial(proxy.port, await authority.client("mallory@sales")))).bytes.length).toBe(0);
  const clients = Array.from({ length: 8 }, () => dial(proxy.port, alice));
  for (const client of clients) expect(String(await take(client, 5))).toBe("hello");
  for (const client of clients) client.destroy();
  expect(responder.asked).toBe(1);
});

test("who is connected is asked about again: a revocation ends the sessions of that certificate, and no others", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using responder = await startResponder(authority.authority, { minutes: 60 });
  const [alice, bob] = [await authority.client("alice@engineering"), await authority.client("bob@engineering")];
  responder.know(alice, "good");
  responder.know(bob, "good");
  const ocsp = { url: responder.url, refresh: 1 };
  await using proxy = await startProxy(authority, [upstream], {
    tls: { ...authority.tls, ocsp },
    parts: { pollMs: 20 },
  });
  const [hers, his] = [dial(proxy.port, alice), dial(proxy.port, bob)];
  await Promise.all([take(hers, 5), take(his, 5)]);
  responder.know(alice, "revoked");
  await expectHersRevoked(proxy, { hers, his });
});

test("an answer by whom the issuer gave a certificate for it counts", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const signer = await authority.authority.issue({ names: [], subject: "CN=Responder", usage: "ocsp" });
  await using responder = await startResponder(authority.authority, { signer });
  const alice = await authority.client("alice@engineering");
  responder.know(alice, "good");
  const ocsp = { url: responder.url };
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp } });
  const client = dial(proxy.port, alice);
  expect(String(await take(client, 5))).toBe("hello");
  client.destroy();
});

interface Unreliable {
  readonly what: string;
  readonly problem: RegExp;
  readonly responder?: (authority: Awaited<ReturnType<typeof makeAuthority>>) => Promise<ResponderOptions>;
  readonly url?: () => Promise<string>;
  readonly timeout?: string;
}

const replied = (reply: ResponderOptions["reply"]) => async () => (reply ? { reply } : {});

const unreliable: readonly Unreliable[] = [
  {
    what: "signed by a client of the issuer",
    problem: /was signed by "CN=Mallory", to whom the issuer gave no valid certificate for that/,
    responder: async (authority) => ({
      signer: await authority.issue({ names: [], subject: "CN=Mallory", usage: "client" }),
    }),
  },
  {
    what: "signed by a stranger",
    problem: /was signed by "CN=Stranger", to whom the issuer gave no valid certificate/,
    responder: async () => ({
      signer: await (await makeAuthority()).issue({ names: [], subject: "CN=Stranger", usage: "ocsp" }),
    }),
  },
  {
    what: "signed by a responder whose certificate has expired",
    problem: /gave no valid certificate/,
    responder: async (authority) => ({
      signer: await authority.issue({ names: [], usage: "ocsp", notAfter: new Date(Date.now() - 1000) }),
    }),
  },
  {
    what: "an answer that says unauthorized",
    problem: /does not answer for this issuer \(unauthorized\)/,
    responder: replied((_, response) => void response.end(Buffer.from("30030a0106", "hex"))),
  },
  {
    what: "a web page",
    problem: /what it sent is no OCSP answer: is the URL a responder's\?/,
    responder: replied((_, response) => void response.end("<html>")),
  },
  {
    what: "HTTP status 404",
    problem: /HTTP status 404/,
    responder: replied((_, response) => void response.writeHead(404).end()),
  },
  {
    what: "an endless answer",
    problem: /longer than 65536 bytes/,
    responder: replied((_, response) => void response.end(Buffer.alloc(70_000))),
  },
  { what: "silence", problem: /no answer came within 200 ms/, timeout: "200ms", responder: replied(() => {}) },
  {
    what: "nobody there",
    problem: /cannot be reached \(ECONNREFUSED\)/,
    url: async () => `http://127.0.0.1:${await freePort()}/`,
  },
];

test.for(unreliable)(
  "without a reliable answer the setting decides: $what",
  async ({ problem, responder, url, timeout = "20s" }) => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using server = await startResponder(authority.authority, (await responder?.(authority.authority)) ?? {});
    const alice = await authority.client("alice@engineering");
    server.know(alice, "good");
    const ocsp = { url: (await url?.()) ?? server.url, timeout };
    await using strict = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp: { ...ocsp } } });
    expect((await drainOf(dial(strict.port, alice))).bytes.length).toBe(0);
    const denied = await strict.line(({ reason }) => reason === "certificate-unchecked");
    expect(denied).toMatchObject({ detail: expect.stringMatching(problem) });
    await using lenient = await startProxy(authority, [upstream], {
      tls: { ...authority.tls, ocsp: { ...ocsp, onFailure: "allow" } },
    });
    const client = dial(lenient.port, alice);
    expect(String(await take(client, 5))).toBe("hello");
    client.destroy();
    await lenient.line(({ message }) => message === "a certificate was let in that could not be checked");
  },
);

test("an answer that names no next update is good for the moment only: an old one cannot be shown again", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using responder = await startResponder(authority.authority);
  const alice = await authority.client("alice@engineering");
  responder.know(alice, "good");
  const ocsp = { url: responder.url };
  const parts = { now: () => Date.now() / 1000 + 3_600 };
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp }, parts });
  expect((await drainOf(dial(proxy.port, alice))).bytes.length).toBe(0);
  expect(await proxy.line(({ decision }) => decision === "deny")).toMatchObject({
    reason: "certificate-unchecked",
    detail: expect.stringContaining("its answer names no next update and was made at"),
  });
});

test("a certificate without a responder says which setting names one", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp: {} } });
  expect((await drainOf(dial(proxy.port, await authority.client("alice@engineering")))).bytes.length).toBe(0);
  expect(await proxy.line(({ decision }) => decision === "deny")).toMatchObject({
    reason: "certificate-unchecked",
    detail: "the certificate names no responder: set `tls.ocsp.url`",
  });
});

test("a client that goes while its issuer is asked leaves nothing behind", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  const held: (() => void)[] = [];
  await using responder = await startResponder(authority.authority, {
    reply: (_, response) => void held.push(() => response.writeHead(503).end()),
  });
  const ocsp = { url: responder.url, timeout: "20s", onFailure: "allow" } as const;
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp } });
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  await responder.question();
  client.destroy();
  await once(client, "close");
  for (const release of held) release();
  await proxy.line(({ audit }) => audit === "session-end");
  expect(proxy.proxy.connections).toBe(0);
});

test.each(["another client", "the authority"])(
  "nobody speaks for %s by a certificate of his own making: its issuer is not asked, and what it says is nobody's",
  async (whose) => {
    await using authority = await startAuthority();
    await using upstream = await startUpstream(greeting("hello"));
    await using responder = await startResponder(authority.authority, { minutes: 60 });
    const [mallory, alice] = [
      await authority.client("mallory@engineering"),
      await authority.client("alice@engineering"),
    ];
    for (const client of [mallory, alice]) responder.know(client, "good");
    // It has the authority's name and public key, another's number, and a signer and responder of his.
    const hisOwn = await makeAuthority({ name: subjectOf(authority.authority.cert) });
    await using his = await startResponder(hisOwn, { minutes: 60 });
    const spokenFor = whose === "another client" ? alice : authority.authority;
    his.know(spokenFor, "revoked");
    const { serialNumber: serial } = new X509Certificate(spokenFor.cert);
    const forged = await hisOwn.intermediate({
      ...{ name: subjectOf(authority.authority.cert), renews: authority.authority },
      ...{ serial, responder: his.url },
    });
    await using proxy = await startProxy(authority, [upstream], {
      tls: { ...authority.tls, ocsp: { url: responder.url } },
    });
    const chained = { ...mallory, cert: [mallory.cert, forged.cert, hisOwn.cert].join("\n") };
    for (const client of [chained, alice]) {
      const socket = dial(proxy.port, client);
      expect(String(await take(socket, 5))).toBe("hello");
      socket.destroy();
    }
    expect(his.asked).toBe(0);
  },
);

function subjectOf(cert: string): string {
  return new X509Certificate(cert).subject.replace("CN=", "");
}
