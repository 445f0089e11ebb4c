import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { originCertificate } from "../../src/certificates/origin.ts";
import { noLog } from "../../src/telemetry/log.ts";
import { listeningLog, pairFolder } from "./support.ts";

const DAY_MS = 86_400_000;

test("is made where there are no files, and the log says what the edge needs", async () => {
  await using folder = await pairFolder();
  const { log, lines } = listeningLog();
  const { current, selfSigned } = await originCertificate({ files: folder.files, dataDir: folder.path, log });
  expect(selfSigned).toBe(true);
  const { subjectAltName, validToDate } = new X509Certificate(current.cert);
  for (const name of [`DNS:${hostname()}`, "DNS:localhost", "IP Address:127.0.0.1"]) {
    expect(subjectAltName).toContain(name);
  }
  expect(Math.round((validToDate.getTime() - Date.now()) / DAY_MS)).toBe(397);
  expect(lines.at(-1)).toMatchObject({
    level: "warn",
    message: expect.stringContaining("must be Full, Full (strict)"),
  });
});

test("serves TLS to a client that trusts it", async () => {
  await using folder = await pairFolder();
  const { current } = await originCertificate({ files: folder.files, dataDir: folder.path, log: noLog });
  const server = createServer(current, (socket) => socket.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: "127.0.0.1", port, servername: "localhost", ca: current.cert });
  const [data] = (await once(client, "data")) as [Buffer];
  expect(data.toString()).toBe("hello");
  server.close();
});

test("is kept, with a key that only its owner can read", async () => {
  await using folder = await pairFolder();
  const dataDir = join(folder.path, "new", "data");
  const start = () => originCertificate({ files: folder.files, dataDir, log: noLog });
  const first = await start();
  expect((await start()).current).toEqual(first.current);
  expect((await stat(join(dataDir, "self-signed.key"))).mode & 0o777).toBe(0o600);
  await writeFile(join(dataDir, "self-signed.key"), "broken");
  expect((await start()).current.cert).not.toBe(first.current.cert);
});

test("is made anew before it ends, also while running", async () => {
  await using folder = await pairFolder();
  let now = Date.now();
  const options = { files: folder.files, dataDir: folder.path, log: noLog, now: () => now, pollMs: 10 };
  const certificate = await originCertificate(options);
  const first = certificate.current.cert;
  const changed = Promise.withResolvers<string>();
  const watch = certificate.watch(({ cert }) => changed.resolve(cert));
  now += 368 * DAY_MS;
  expect(await changed.promise).not.toBe(first);
  watch.stop();
});

test("gives way to files that arrive", async () => {
  await using folder = await pairFolder();
  const certificate = await originCertificate({ files: folder.files, dataDir: folder.path, log: noLog, pollMs: 10 });
  const changed = Promise.withResolvers<string>();
  const watch = certificate.watch(({ cert }) => changed.resolve(cert));
  const made = await makeCertificate();
  await folder.write(made);
  expect(await changed.promise).toBe(made.cert);
  expect(certificate.selfSigned).toBe(false);
  watch.stop();
});

test("serves from memory where it cannot be kept", async () => {
  await using folder = await pairFolder();
  await writeFile(join(folder.path, "file"), "");
  const { log, lines } = listeningLog();
  const certificate = await originCertificate({ files: folder.files, dataDir: join(folder.path, "file", "x"), log });
  expect(certificate.selfSigned).toBe(true);
  expect(lines).toContainEqual(expect.objectContaining({ level: "warn", message: expect.stringContaining("be kept") }));
});
