import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openStore, revocationKey } from "@sallyport/gateway";
import { expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { startCommand } from "../../support/process.ts";
import { type Bytes, openRawClient, startRawController } from "../../support/raw-websocket.ts";
import { startRedis } from "../../support/redis.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

/** Links with ten consoles each; the suite of many asks for 200. */
const LINKS = Number(process.env.LINKS ?? 20);
const EACH = 10;

test(`${LINKS * EACH} consoles over two gateways of two processes each: one link is revoked, its ten end, nothing else does`, async () => {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-many-"));
  undo.defer(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  const certificate = await (await makeAuthority()).issue();
  await writeFile(join(folder, "crt"), certificate.cert);
  await writeFile(join(folder, "key"), certificate.key);
  const redis = undo.use(await startRedis());
  const controller = undo.use(await startRawController());
  const environment = {
    ...{ JWT_KEY: TEST_SECRET, REDIS_URL: redis.url, PROCESSES: "2", ALLOWED_TARGETS: "127.0.0.0/8" },
    ...{ LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DATA_DIR: join(folder, "data") },
    ...{ CERT_PATH: join(folder, "crt"), KEY_PATH: join(folder, "key"), DETECT_PLATFORMS: "false" },
  };
  const ports: number[] = [];
  for (let n = 0; n < 2; n++) {
    const gateway = undo.use(startCommand(["serve"], { environment }));
    ports.push(Number((await gateway.logged("serving")).port));
  }
  const consoles: Bytes[][] = [];
  undo.defer(() => {
    for (const { socket } of consoles.flat()) socket.destroy();
  });
  for (let link = 0; link < LINKS; link++) {
    const token = await mintToken({ jti: `link-${link}`, port: controller.port, scheme: "http" });
    const opened = Array.from({ length: EACH }, async (_, n) => {
      const gateway = { port: ports[n % 2] ?? 0, ca: certificate.ca };
      const { status, bytes } = await openRawClient({ gateway, token, port: controller.port });
      expect(status).toBe(101);
      return bytes;
    });
    consoles.push(await Promise.all(opened));
  }
  const ended = new Set<number>();
  for (const [link, ofLink] of consoles.entries()) {
    for (const { socket } of ofLink) socket.on("data", () => ended.add(link));
  }
  const store = await openStore({ dataDir: "", redisUrl: redis.url });
  undo.defer(() => store.close());
  const value = `link-${Math.floor(LINKS / 2)}`;
  const begun = performance.now();
  await store.revoke([{ key: revocationKey("jti", value), kind: "jti", value, at: Date.now() / 1000 }]);
  const closings = (consoles[Math.floor(LINKS / 2)] ?? []).map(async (bytes) => {
    const [first, length = 0] = await bytes.take(2);
    return `${first} ${(await bytes.take(length)).readUInt16BE(0)}`;
  });
  expect(await Promise.all(closings)).toEqual(Array.from({ length: EACH }, () => "136 4003"));
  expect(performance.now() - begun).toBeLessThan(1_000);
  // The others have heard nothing by the time that another revocation has come and gone.
  await store.revoke([{ key: revocationKey("jti", "other"), kind: "jti", value: "other", at: 0 }]);
  expect([...ended]).toEqual([Math.floor(LINKS / 2)]);
  const rows = await store.sessions(Date.now() / 1000);
  expect(new Set(rows.map(({ instance }) => instance)).size).toBeGreaterThanOrEqual(2);
}, 240_000);
