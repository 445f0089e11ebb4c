import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { type Authority, type Certificate, makeAuthority } from "../../support/certificates.ts";
import { startResponder } from "./responder.ts";
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

const DAY = 86_400_000;
const ALICE = { subject: "CN=alice@engineering", names: [], usage: "client" } as const;

const serialOf = (cert: string) => new X509Certificate(cert).serialNumber;

/** Two intermediates below the listener's authority, the first of which is on its list. */
async function startHouse() {
  const authority = await startAuthority();
  const revoked = await authority.authority.intermediate({ name: "Old issuer" });
  const good = await authority.authority.intermediate({ name: "New issuer" });
  const list = await authority.authority.revoke([serialOf(revoked.cert)], new Date(Date.now() + DAY));
  const crl = [await authority.write("list.pem", list)];
  return { authority, revoked, good, crl, [Symbol.asyncDispose]: () => authority[Symbol.asyncDispose]() };
}

/** What a client of this issuer shows: its own certificate and those that `above` lists. */
async function shown(authority: TestAuthority, issuer: Authority, above: readonly Authority[]): Promise<Certificate> {
  const leaf = await issuer.issue(ALICE);
  return { ...leaf, cert: [leaf.cert, ...above.map(({ cert }) => cert)].join("\n"), ca: authority.authority.cert };
}

test.for(["sent by the client", "known to the listener", "both"])(
  "an intermediate that was revoked takes what it issued with it: %s",
  async (where) => {
    await using house = await startHouse();
    const { authority, revoked, good, crl } = house;
    const known = where === "sent by the client" ? [] : [revoked.cert, good.cert];
    const ca = await authority.write("all.pem", [authority.authority.cert, ...known].join("\n"));
    await using upstream = await startUpstream(greeting("hello"));
    await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ca, crl } });
    const above = (issuer: Authority) => (where === "known to the listener" ? [] : [issuer]);
    const { bytes } = await drainOf(dial(proxy.port, await shown(authority, revoked, above(revoked))));
    expect([bytes.length, await proxy.denial(), upstream.accepted.length]).toEqual([0, "certificate-revoked", 0]);
    const honest = dial(proxy.port, await shown(authority, good, above(good)));
    expect(String(await take(honest, 5))).toBe("hello");
    honest.destroy();
  },
);

const junk = await makeAuthority({ name: "Junk" });

test.for([
  ["one that only looks like it", (decoy: Authority) => [decoy]],
  ["one twice", () => [junk, junk]],
  ["twelve", () => Array<Authority>(12).fill(junk)],
  ["too many", () => Array<Authority>(60).fill(junk)],
] as const)("others that a client sends with it do not hide it: %s", async ([, make]) => {
  await using house = await startHouse();
  const { authority, revoked, crl } = house;
  const more = make(await junk.intermediate({ name: "Old issuer", posesAs: revoked }));
  await using upstream = await startUpstream(greeting("hello"));
  for (const known of [[], [revoked]]) {
    const ca = await authority.write("all.pem", [authority.authority, ...known].map(({ cert }) => cert).join("\n"));
    await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ca, crl } });
    for (const above of [
      [...more, revoked],
      [revoked, ...more],
    ]) {
      const { bytes } = await drainOf(dial(proxy.port, await shown(authority, revoked, above)));
      expect([bytes.length, upstream.accepted.length]).toEqual([0, 0]);
      expect(await proxy.denial()).toMatch(/certificate-(revoked|untrusted)/);
    }
  }
});

test("what a certificate rested on before a reload is not what it rests on: its renewed issuer is the one that counts", async () => {
  await using house = await startHouse();
  const { authority, good } = house;
  const root = authority.authority;
  const renewed = await root.intermediate({ name: "New issuer", renews: good });
  const ca = await authority.write("all.pem", [root.cert, good.cert].join("\n"));
  const crl = [
    await authority.write("list.pem", await root.revoke([serialOf(renewed.cert)], new Date(Date.now() + DAY))),
  ];
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ca, crl } });
  const alice = await shown(authority, good, []);
  const before = dial(proxy.port, alice);
  expect(String(await take(before, 5))).toBe("hello");
  await authority.write("all.pem", [root.cert, renewed.cert].join("\n"));
  await proxy.proxy.reload();
  const { bytes } = await drainOf(dial(proxy.port, alice));
  expect([bytes.length, await proxy.denial()]).toEqual([0, "certificate-revoked"]);
  before.destroy();
});

test("an intermediate that has expired lets nobody in", async () => {
  await using house = await startHouse();
  const { authority } = house;
  const expired = await authority.authority.intermediate({ name: "Expired", notAfter: new Date(Date.now() - DAY) });
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  const { bytes } = await drainOf(dial(proxy.port, await shown(authority, expired, [expired])));
  expect([bytes.length, await proxy.denial()]).toEqual([0, "certificate-expired"]);
});

test("of an intermediate's client its real issuer is asked, whatever the client sends before it", async () => {
  await using house = await startHouse();
  const { authority, good } = house;
  await using upstream = await startUpstream(greeting("hello"));
  await using responder = await startResponder(good);
  const ocsp = { url: responder.url, onFailure: "allow" } as const;
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ocsp } });
  for (const above of [[good], [junk, good], [junk, junk, good]]) {
    const alice = await shown(authority, good, above);
    responder.know(alice, "revoked");
    const { bytes } = await drainOf(dial(proxy.port, alice));
    expect([bytes.length, await proxy.denial()]).toEqual([0, "certificate-revoked"]);
  }
});
