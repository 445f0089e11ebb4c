import { X509Certificate as NodeCertificate } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Authority, type Certificate, makeAuthority } from "../../support/certificates.ts";
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

const DAY = 86_400_000;

const list = (authority: Authority, taken: readonly Certificate[], nextUpdate = new Date(Date.now() + DAY)) =>
  authority.revoke(
    taken.map(({ cert }) => new NodeCertificate(cert).serialNumber),
    nextUpdate,
  );

test("a certificate on its issuer's list opens nothing, and a saved TLS session does not help it", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const [alice, bob] = [await authority.client("alice@engineering"), await authority.client("bob@engineering")];
  const crl = [await authority.write("list.pem", await list(authority.authority, []))];
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, crl } });
  const first = dial(proxy.port, alice);
  const saved: Buffer[] = [];
  first.on("session", (session: Buffer) => saved.push(session));
  await take(first, 5);
  first.destroy();
  await authority.write("list.pem", await list(authority.authority, [alice]));
  await proxy.proxy.reload();
  for (const session of [undefined, ...saved]) {
    const { bytes } = await drainOf(dial(proxy.port, alice, session ? { session } : {}));
    expect([bytes.length, await proxy.denial()]).toEqual([0, "certificate-revoked"]);
  }
  const other = dial(proxy.port, bob);
  expect(String(await take(other, 5))).toBe("hello");
  other.destroy();
});

test("a list that changes ends the sessions of the revoked, and no others", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const [alice, bob] = [await authority.client("alice@engineering"), await authority.client("bob@engineering")];
  const path = await authority.write("list.pem", await list(authority.authority, []));
  const options = { tls: { ...authority.tls, crl: [path] }, parts: { pollMs: 20 } };
  await using proxy = await startProxy(authority, [upstream], options);
  const [hers, his] = [dial(proxy.port, alice), dial(proxy.port, bob)];
  await Promise.all([take(hers, 5), take(his, 5)]);
  const fresh = join(authority.folder, "fresh.pem");
  await writeFile(fresh, await list(authority.authority, [alice]));
  await rename(fresh, path);
  await expectHersRevoked(proxy, { hers, his });
});

test("a list that nobody known has signed says what to do", async () => {
  await using authority = await startAuthority();
  const stranger = await makeAuthority({ name: "Stranger" });
  const crl = [await authority.write("list.pem", await list(stranger, []))];
  await expect(startProxy({ tls: { ...authority.tls, crl } as never }, [{ address: "127.0.0.1:1" }])).rejects.toThrow(
    /list\.pem was issued by "CN=Stranger", and no certificate in `ca` signed it: add that authority to `ca`/,
  );
  const forged = [await authority.write("forged.pem", await list(await makeAuthority(), []))];
  await expect(
    startProxy({ tls: { ...authority.tls, crl: forged } as never }, [{ address: "127.0.0.1:1" }]),
  ).rejects.toThrow(/no certificate in `ca` signed it/);
  const garbage = [await authority.write("garbage.pem", "nothing")];
  await expect(
    startProxy({ tls: { ...authority.tls, crl: garbage } as never }, [{ address: "127.0.0.1:1" }]),
  ).rejects.toThrow(/garbage\.pem holds no revocation list/);
});

test("a list past its next update and an authority without one are warned about; honest clients get in", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const second = await makeAuthority({ name: "Second" });
  const ca = await authority.write("both.pem", `${authority.authority.cert}\n${second.cert}`);
  const crl = [await authority.write("list.pem", await list(authority.authority, [], new Date(Date.now() - DAY)))];
  await using proxy = await startProxy(authority, [upstream], { tls: { ...authority.tls, ca, crl } });
  await proxy.line(({ message }) => /no list for the issuer CN=Second/.test(String(message)));
  await proxy.line(({ message }) => /list\.pem should have been replaced by/.test(String(message)));
  const client = dial(proxy.port, {
    ...(await second.issue({ subject: "CN=carol@engineering", names: [], usage: "client" })),
    ca: authority.authority.cert,
  });
  expect(String(await take(client, 5))).toBe("hello");
  client.destroy();
});

test("revoke ends a principal's connections and keeps it out until it is restored; others stay", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  const [alice, bob] = [await authority.client("alice@engineering"), await authority.client("bob@engineering")];
  const [hers, his] = [dial(proxy.port, alice), dial(proxy.port, bob)];
  await Promise.all([take(hers, 5), take(his, 5)]);
  expect(proxy.proxy.revoke("alice@engineering")).toBe(1);
  expect((await drainOf(hers)).error).toBe("ECONNRESET");
  const { bytes } = await drainOf(dial(proxy.port, alice));
  expect([bytes.length, await proxy.denial()]).toEqual([0, "session-revoked"]);
  proxy.proxy.restore("alice@engineering");
  const back = dial(proxy.port, alice);
  expect(String(await take(back, 5))).toBe("hello");
  his.write("still here");
  expect(String(await take(his, 10))).toBe("still here");
  for (const client of [back, his]) client.destroy();
});

test("files that break are named, and what they held before stays in force", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream]);
  const alice = await authority.client("alice@engineering");
  await authority.write("server.key", (await authority.authority.issue()).key);
  await proxy.proxy.reload();
  expect(await proxy.line(({ level }) => level === "error")).toMatchObject({
    message: "changed files cannot be used, what they held before stays in force",
  });
  const client = dial(proxy.port, alice);
  expect(String(await take(client, 5))).toBe("hello");
  client.destroy();
});
