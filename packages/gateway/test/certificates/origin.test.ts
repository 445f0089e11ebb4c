import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { type OriginCertificate, originCertificate } from "../../src/certificates/origin.ts";
import type { CertificatePair } from "../../src/certificates/pair.ts";
import { noLog } from "../../src/telemetry/log.ts";
import { listeningLog, pairFolder } from "./support.ts";

const FAST = 10;

function nextChange(certificate: OriginCertificate) {
  const { promise, resolve } = Promise.withResolvers<CertificatePair>();
  const watch = certificate.watch(resolve);
  return { pair: promise, [Symbol.dispose]: () => watch.stop() };
}

test("the files' pair is shown", async () => {
  await using folder = await pairFolder();
  const made = await makeCertificate();
  await folder.write(made);
  const certificate = await originCertificate({ files: folder.files, dataDir: folder.path, log: noLog });
  expect(certificate.current).toEqual({ cert: made.cert, key: made.key });
  expect(certificate.selfSigned).toBe(false);
});

test("files that are there must be usable, and files that were named must be there", async () => {
  await using folder = await pairFolder();
  const start = (required: boolean) =>
    originCertificate({ files: { ...folder.files, required }, dataDir: folder.path, log: noLog });
  await expect(start(true)).rejects.toThrow(/origin\.crt does not exist; .*origin\.key does not exist/);
  await writeFile(folder.files.certPath, (await makeCertificate()).cert);
  await expect(start(false)).rejects.toThrow(/^\S*origin\.key does not exist$/);
  await mkdir(folder.files.keyPath);
  await expect(start(false)).rejects.toThrow("is a folder");
});

test("a renewed pair arrives without a restart", async () => {
  await using folder = await pairFolder();
  await folder.write(await makeCertificate());
  const certificate = await originCertificate({ files: folder.files, dataDir: "", log: noLog, pollMs: FAST });
  using change = nextChange(certificate);
  const renewed = await makeCertificate();
  await folder.write(renewed);
  expect(await change.pair).toEqual({ cert: renewed.cert, key: renewed.key });
  expect(certificate.current.cert).toBe(renewed.cert);
});

test("what is doubtful about the pair is said once a day, and when it expires", async () => {
  await using folder = await pairFolder();
  const [day, begin] = [86_400_000, Date.now()];
  const notAfter = new Date(begin + 3 * day);
  await folder.write(await makeCertificate({ notBefore: new Date(begin - 87 * day), notAfter }));
  const { log, lines, line } = listeningLog();
  let now = begin;
  const options = { files: folder.files, dataDir: "", log, pollMs: FAST, now: () => now };
  const certificate = await originCertificate(options);
  expect(Math.abs(certificate.expires - notAfter.getTime())).toBeLessThan(1_000);
  using _watch = nextChange(certificate);
  const late = () => lines.filter(({ message }) => message.includes("was not renewed yet")).length;
  expect(late()).toBe(1);
  now += day;
  await expect.poll(late).toBe(2);
  now = begin + 4 * day;
  await line(/expired on/);
  expect(late()).toBe(2);
});

test("a link that is turned elsewhere counts as a change, as certbot and Kubernetes do it", async () => {
  await using folder = await pairFolder();
  const generation = async (name: string) => {
    const made = await makeCertificate();
    await mkdir(join(folder.path, name));
    await writeFile(join(folder.path, name, "origin.crt"), made.cert);
    await writeFile(join(folder.path, name, "origin.key"), made.key);
    await symlink(name, join(folder.path, "next"));
    await rename(join(folder.path, "next"), join(folder.path, "current"));
    return made;
  };
  await generation("one");
  for (const [link, name] of [
    [folder.files.certPath, "origin.crt"],
    [folder.files.keyPath, "origin.key"],
  ] as const) {
    await symlink(join("current", name), link);
  }
  const certificate = await originCertificate({ files: folder.files, dataDir: "", log: noLog, pollMs: FAST });
  using change = nextChange(certificate);
  const { cert } = await generation("two");
  expect((await change.pair).cert).toBe(cert);
});

test("a broken pair keeps the old one, and a mended one still arrives", async () => {
  await using folder = await pairFolder();
  const [old, next] = [await makeCertificate(), await makeCertificate()];
  await folder.write(old);
  const { log, line } = listeningLog();
  const certificate = await originCertificate({ files: folder.files, dataDir: "", log, pollMs: FAST });
  using change = nextChange(certificate);
  await writeFile(folder.files.certPath, next.cert);
  expect(await line(/unusable, the old one stays/)).toMatchObject({
    level: "error",
    faults: ["the key does not belong to the certificate"],
  });
  expect(certificate.current.cert).toBe(old.cert);
  await writeFile(folder.files.keyPath, next.key);
  expect((await change.pair).cert).toBe(next.cert);
});

test("files that vanish keep the old pair", async () => {
  await using folder = await pairFolder();
  const made = await makeCertificate();
  await folder.write(made);
  const { log, lines } = listeningLog();
  const certificate = await originCertificate({ files: folder.files, dataDir: folder.path, log });
  await rm(folder.files.certPath);
  await rm(folder.files.keyPath);
  await certificate.reload();
  expect(certificate.current.cert).toBe(made.cert);
  expect(lines.at(-1)).toMatchObject({ level: "error", faults: ["both files are gone"] });
});
