import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore, revocationKey } from "@sallyport/gateway";
import { describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../support/redis.ts";
import { startPair } from "./support.ts";

const revocation = (value: string) => ({ key: revocationKey("jti", value), kind: "jti" as const, value, at: 1 });
const sharing = ({ url }: RedisServer, onFailure: "allow" | "deny" = "allow") => ({
  options: { store: { redisUrl: url, onFailure } },
  [Symbol.asyncDispose]: async () => {},
});

describe("Redis is gone", () => {
  test.each([
    ["allow", 101],
    ["deny", 503],
  ] as const)("with %s a new session is answered with %i, and open ones go on", async (onFailure, status) => {
    await using redis = await startRedis();
    await using pair = await startPair(sharing(redis, onFailure));
    const running = await pair.console(0, await pair.token({ jti: "running" }));
    await redis.kill();
    const { status: met } = await pair.console(0, await pair.token({ jti: "fresh" }));
    expect(met).toBe(status);
    expect(await running.passes()).toBe(true);
    const snapshot = await pair.gateways[0].metrics.snapshot();
    const failures = snapshot.find(({ name }) => name === "sallyport_store_failures_total");
    expect(failures?.values[0]?.value).toBeGreaterThan(0);
  });

  test("what is known to be revoked stays out meanwhile, and what was revoked meanwhile ends on the return", async () => {
    await using redis = await startRedis();
    await using pair = await startPair(sharing(redis));
    const known = await pair.token({ jti: "known" });
    const before = await pair.console(0, known);
    await pair.gateways[1].gateway.store.revoke([revocation("known")]);
    await before.closing();
    const running = await pair.console(0, await pair.token({ jti: "meanwhile" }));
    await redis.kill();
    expect((await pair.console(0, known)).status).toBe(401);
    await redis.restart();
    // Another gateway, which came back first.
    const other = await openStore({ dataDir: "", redisUrl: redis.url });
    await other.revoke([revocation("meanwhile")]);
    const written = performance.now();
    expect(await running.closing()).toBe("4003 sallyport:revoked");
    expect(performance.now() - written).toBeLessThan(1_500);
    await other.close();
  });

  test("and comes back empty: what the gateways know is written back, and the loss is reported", async () => {
    await using redis = await startRedis();
    await using pair = await startPair(sharing(redis));
    const token = await pair.token({ jti: "kept" });
    const console = await pair.console(0, token);
    await pair.gateways[1].gateway.store.revoke([revocation("kept")]);
    await console.closing();
    await redis.restart({ empty: true });
    const line = await pair.gateways[0].waitForLine(({ message }) => String(message).includes("lost what it knew"));
    expect(line).toMatchObject({ level: "error", revocations: 1 });
    const fresh = await openStore({ dataDir: "", redisUrl: redis.url });
    const { revocations } = await fresh.revocationsAfter(0, 10);
    expect(revocations.map(({ key }) => key)).toEqual([revocationKey("jti", "kept")]);
    await fresh.close();
  });
});

test("Redis that refuses our credentials, or is a read-only replica, is called that", async () => {
  await using guarded = await startRedis({ settings: ["--requirepass", "right"] });
  const wrong = await openStore({ dataDir: "", redisUrl: guarded.url.replace("//", "//:wrong@") });
  await expect(wrong.revoke([revocation("x")])).rejects.toThrow(/refuses our credentials|cannot be reached/);
  await wrong.close();
  await using primary = await startRedis();
  await using replica = await startRedis({ settings: ["--replicaof", "127.0.0.1", String(primary.port)] });
  const store = await openStore({ dataDir: "", redisUrl: replica.url });
  await expect(store.revoke([revocation("x")])).rejects.toThrow("read-only replica");
  await store.close();
});

describe("a store file that cannot be used", () => {
  async function folderWith(prepare: (file: string) => Promise<void> | void) {
    const path = await mkdtemp(join(tmpdir(), "sallyport-broken-"));
    await (await openStore({ dataDir: path })).close();
    await prepare(join(path, "store", "sallyport.db"));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
  }

  test("of a newer version is left alone, in words", async () => {
    await using folder = await folderWith((file) => {
      const database = new DatabaseSync(file);
      database.exec("PRAGMA user_version = 99");
      database.close();
    });
    await expect(openStore({ dataDir: folder.path })).rejects.toThrow(/newer version \(schema 99/);
  });

  test("that is no database", async () => {
    await using folder = await folderWith((file) => writeFile(file, "x".repeat(8_192)));
    await expect(openStore({ dataDir: folder.path })).rejects.toThrow(/no SQLite database: move the file away/);
  });

  test("that is damaged", async () => {
    await using folder = await folderWith(async (file) => {
      const handle = await open(file, "r+");
      await handle.write(Buffer.alloc(3_000, 0x55), 0, 3_000, 100);
      await handle.close();
    });
    await expect(openStore({ dataDir: folder.path })).rejects.toThrow(/damaged|no SQLite database/);
  });
});
