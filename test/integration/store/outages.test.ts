import { execFile } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
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
    // Whoever is first writes back; the other may find the store whole again.
    const said = (line: { message?: unknown; revocations?: unknown }) =>
      String(line.message).includes("lost what it knew") && line.revocations === 1;
    const line = await Promise.any(pair.gateways.map((gateway) => gateway.waitForLine(said)));
    expect(line.level).toBe("error");
    const fresh = await openStore({ dataDir: "", redisUrl: redis.url });
    const { revocations } = await fresh.revocationsAfter(0, 10);
    expect(revocations.map(({ key }) => key)).toEqual([revocationKey("jti", "kept")]);
    await fresh.close();
  });
});

test("Redis comes back without what was written last, as after a crash or a failover: nothing that the gateways know is lost, nothing new is missed", async () => {
  await using redis = await startRedis();
  await using pair = await startPair(sharing(redis));
  const { store } = pair.gateways[1].gateway;
  await store.revoke([revocation("early")]);
  const copy = await redis.copy();
  const late = await pair.console(0, await pair.token({ jti: "late" }));
  await store.revoke([revocation("late"), revocation("later")]);
  await late.closing();
  const running = await pair.console(0, await pair.token({ jti: "next" }));
  await redis.restart({ from: copy });
  // It counts on from where it was then: what comes now has numbers that the gateways have read already.
  const other = await openStore({ dataDir: "", redisUrl: redis.url });
  await other.revoke([revocation("next"), revocation("another")]);
  expect(await running.closing()).toBe("4003 sallyport:revoked");
  // Whoever reads first writes back; then the others miss nothing.
  const said = ({ message }: { message?: unknown }) => String(message).includes("lost what it knew");
  await Promise.any(pair.gateways.map((gateway) => gateway.waitForLine(said)));
  const { revocations } = await other.revocationsAfter(0, 10);
  const keys = ["early", "late", "later", "next", "another"].map((value) => revocationKey("jti", value));
  expect(new Set(revocations.map(({ key }) => key))).toEqual(new Set(keys));
  expect(revocations.find(({ key }) => key === keys[0])?.value).toBe("early");
  await other.close();
});

test("Redis comes back with an older revocation of the same: the newer one stays in force, and is written back", async () => {
  await using redis = await startRedis();
  await using pair = await startPair(sharing(redis));
  const { store } = pair.gateways[1].gateway;
  const now = Math.floor(Date.now() / 1000);
  const everything = (before: number) => ({
    ...{ key: revocationKey("all", ""), kind: "all" as const },
    before,
    at: 1,
  });
  await store.revoke([everything(now - 1_000)]);
  const copy = await redis.copy();
  const token = await pair.token({ iat: now - 500 });
  const console = await pair.console(0, token);
  expect(console.status).toBe(101);
  await store.revoke([everything(now - 10)]);
  await console.closing();
  await redis.restart({ from: copy });
  const said = ({ message }: { message?: unknown }) => String(message).includes("lost what it knew");
  await Promise.any(pair.gateways.map((gateway) => gateway.waitForLine(said)));
  expect((await pair.console(0, token)).status).toBe(401);
  const fresh = await openStore({ dataDir: "", redisUrl: redis.url });
  const { revocations } = await fresh.revocationsAfter(0, 10);
  expect(revocations.filter(({ kind }) => kind === "all")).toEqual([everything(now - 10)]);
  await fresh.close();
});

describe("Redis that cannot be used is called what it is, by the gateway's log and by each answer", () => {
  const credentials = "Redis refuses our credentials: look at REDIS_URL";

  test.each([
    ["a wrong password", "//:wrong@"],
    ["none", "//"],
    ["another user's", "//nobody:right@"],
  ])("%s", async (_, login) => {
    await using guarded = await startRedis({ settings: ["--requirepass", "right"] });
    const store = await openStore({ dataDir: "", redisUrl: guarded.url.replace("//", login) });
    await expect(store.revoke([revocation("x")])).rejects.toThrow(credentials);
    await store.close();
    const right = await openStore({ dataDir: "", redisUrl: guarded.url.replace("//", "//:right@") });
    await right.revoke([revocation("x")]);
    await right.close();
  });

  test.each([
    ["allow", 101],
    ["deny", 503],
  ] as const)("to a gateway with %s, which answers new sessions with %i", async (onFailure, status) => {
    await using guarded = await startRedis({ settings: ["--requirepass", "right"] });
    await using pair = await startPair(sharing(guarded, onFailure));
    const line = await pair.gateways[0].waitForLine(({ message }) => message === "the store cannot be reached");
    expect(JSON.stringify(line.error)).toContain(credentials);
    expect((await pair.console(0, await pair.token())).status).toBe(status);
  });

  test("a user who may not do what is needed", async () => {
    await using redis = await startRedis({
      settings: ["--user", ..."reader on >secret ~* &* +@read +@connection +info".split(" ")],
    });
    const store = await openStore({ dataDir: "", redisUrl: redis.url.replace("//", "//reader:secret@") });
    await expect(store.revoke([revocation("x")])).rejects.toThrow("Redis does not let this user do what is needed");
    await store.close();
  });

  test("a read-only replica, which is written to as soon as it is promoted", async () => {
    await using primary = await startRedis();
    await using replica = await startRedis({ settings: ["--replicaof", "127.0.0.1", String(primary.port)] });
    const store = await openStore({ dataDir: "", redisUrl: replica.url });
    const readOnly = "Redis is a read-only replica: REDIS_URL must name the primary";
    await expect(store.revoke([revocation("x")])).rejects.toThrow(readOnly);
    await expect(store.consume({ jti: "x", until: Date.now() / 1000 + 60 })).rejects.toThrow(readOnly);
    await promisify(execFile)("redis-cli", ["-p", String(replica.port), "replicaof", "no", "one"]);
    await store.revoke([revocation("x")]);
    await store.close();
  });

  test("one that is full, and may throw nothing away", async () => {
    await using redis = await startRedis({ settings: ["--maxmemory", "1", "--maxmemory-policy", "noeviction"] });
    const store = await openStore({ dataDir: "", redisUrl: redis.url });
    await expect(store.revoke([revocation("x")])).rejects.toThrow("Redis is out of memory: raise maxmemory");
    await store.close();
  });
});

test("Redis hangs: nobody waits for it longer than for some answers, and it is taken up again as it was", async () => {
  await using redis = await startRedis();
  await using pair = await startPair(sharing(redis));
  const running = await pair.console(0, await pair.token({ jti: "running" }));
  redis.freeze();
  const { status } = await pair.console(0, await pair.token({ jti: "fresh" }));
  expect([status, await running.passes()]).toEqual([101, true]);
  await pair.gateways[0].waitForLine(({ error }) => JSON.stringify(error ?? "").includes("does not answer in time"));
  redis.thaw();
  await pair.gateways[0].waitForLine(({ message }) => message === "revocations are up to date");
  await expect
    .poll(() => pair.gateways[1].gateway.store.revoke([revocation("running")]).then(() => true, String))
    .toBe(true);
  expect(await running.closing()).toBe("4003 sallyport:revoked");
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

test("a store file that another process is writing to is read all the same", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sallyport-busy-"));
  const store = await openStore({ dataDir });
  await store.revoke([revocation("known")]);
  const other = new DatabaseSync(join(dataDir, "store", "sallyport.db"));
  try {
    other.exec("BEGIN IMMEDIATE");
    const read = await Promise.all([store.epoch(), store.revocationsAfter(0, 10)]);
    expect(read[1].revocations).toMatchObject([{ value: "known" }]);
    other.exec("COMMIT");
  } finally {
    other.close();
    await store.close();
    await rm(dataDir, { recursive: true });
  }
});

test("a store file that another process is making at this moment is opened as soon as it is made", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sallyport-making-"));
  const file = join(dataDir, "store", "sallyport.db");
  await mkdir(join(dataDir, "store"));
  const other = new DatabaseSync(file);
  try {
    other.exec("CREATE TABLE making (it); BEGIN IMMEDIATE");
    const opening = openStore({ dataDir });
    // Its thread has the file open, too, and is refused.
    await expect.poll(() => opened(file)).toBeGreaterThan(1);
    other.exec("COMMIT");
    await (await opening).close();
  } finally {
    other.close();
    await rm(dataDir, { recursive: true });
  }
});

/** How often this process has a file open. */
async function opened(file: string): Promise<number> {
  const descriptors = await readdir("/proc/self/fd");
  const links = await Promise.all(descriptors.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => "")));
  return links.filter((link) => link === file).length;
}
