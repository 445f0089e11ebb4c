import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chainKeys, openStore, revocationKey, type Store, Trail, verifyTrail } from "@sallyport/gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis } from "../../support/redis.ts";

/** Kills of each kind; the suite of crashes asks for 200. */
const CRASHES = Number(process.env.CRASHES ?? 12);
const PATIENCE = 60_000 + CRASHES * 1_000;
const WRITER = fileURLToPath(new URL("./crash-writer.ts", import.meta.url));

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sallyport-crashes-"));
});
afterAll(() => rm(dataDir, { recursive: true }));

/** What was acknowledged, by kind. */
type Acknowledged = Record<"revocation" | "link" | "record", string[]>;

const nothing = (): Acknowledged => ({ revocation: [], link: [], record: [] });

/** Lets a writer write until so many lines came, kills it, and takes in all that it had said. */
async function writeAndDie(acknowledged: Acknowledged, lines: number): Promise<void> {
  const child = spawn(process.execPath, [WRITER, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  let seen = 0;
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    const [kind, value] = line.split(" ") as [keyof Acknowledged, string];
    acknowledged[kind].push(value);
    seen += 1;
    if (seen === lines) child.kill("SIGKILL");
  });
  await Promise.all([once(child, "exit"), once(reader, "close")]);
}

/** Everything that was acknowledged is there, and all chains are good. */
async function expectAll(store: Store, { revocation, link, record }: Acknowledged): Promise<void> {
  const kept = await store.revocationsAfter(0, 1_000_000);
  const keys = new Set(kept.revocations.map(({ key }) => key));
  expect(revocation.filter((value) => !keys.has(revocationKey("jti", value)))).toEqual([]);
  const until = Date.now() / 1000 + 60;
  const free = await Promise.all(link.map((jti) => store.consume({ jti, until })));
  expect(link.filter((_, index) => free[index])).toEqual([]);
  const heads = new Map((await store.auditHeads()).map(({ writer, seq }) => [writer, seq]));
  const lost = record.filter((one) => (heads.get(one.split(":")[0] ?? "") ?? 0) < Number(one.split(":")[1]));
  expect(lost).toEqual([]);
  expect((await verifyTrail(store, chainKeys(["key"]))).faults).toEqual([]);
}

test(
  `SQLite: ${CRASHES} writers killed in the middle of writing, several at once, lose nothing that was acknowledged`,
  async () => {
    const acknowledged = nothing();
    const lane = async (first: number) => {
      for (let n = first; n < CRASHES; n += 3) await writeAndDie(acknowledged, 5 + ((n * 7) % 40));
    };
    await Promise.all([lane(0), lane(1), lane(2)]);
    expect(acknowledged.record.length).toBeGreaterThan(CRASHES);
    const store = await openStore({ dataDir });
    await expectAll(store, acknowledged);
    await store.close();
  },
  PATIENCE,
);

test(
  `Redis with its append-only file: killed ${CRASHES} times in the middle of writes, it loses nothing that was acknowledged`,
  async () => {
    await using redis = await startRedis();
    const store = await openStore({ dataDir: "", redisUrl: redis.url });
    const acknowledged = nothing();
    const trail = new Trail({ store, writer: "w", key: "key", now: () => 1, onStatus: () => {} });
    for (let n = 0; n < CRASHES; n++) {
      const values = Array.from({ length: 40 }, (_, index) => `${n}-${index}`);
      const writes = values.map((value) => writeAll(store, trail, value));
      // After some of them, and before all.
      await Promise.race(writes.slice(n % 20));
      await redis.kill();
      for (const one of await Promise.all(writes)) {
        for (const kind of one.kinds) acknowledged[kind].push(one.value);
      }
      await redis.restart();
      await isBack(store);
    }
    acknowledged.record = [];
    expect(acknowledged.revocation.length).toBeGreaterThan(CRASHES);
    await expectAll(store, acknowledged);
    const bodies = new Set((await store.auditOf("w", 0, 1_000_000)).map(({ body }) => JSON.parse(body).value));
    expect(records.filter((value) => !bodies.has(value))).toEqual([]);
    await store.close();
  },
  PATIENCE,
);

const records: string[] = [];

async function isBack(store: Store): Promise<void> {
  for (;;) {
    const change = Promise.withResolvers<void>();
    const stop = store.onChange(change.resolve);
    const there = await store.epoch().then(
      () => true,
      () => false,
    );
    if (!there) await change.promise;
    stop();
    if (there) return;
  }
}

/** Which of the three were acknowledged. */
async function writeAll(store: Store, trail: Trail, value: string) {
  const made = { key: revocationKey("jti", value), kind: "jti", value, at: 1 } as const;
  const until = Date.now() / 1000 + 86_400;
  const [revoked, taken, recorded] = await Promise.allSettled([
    store.revoke([made]),
    store.consume({ jti: value, until }),
    trail.write("start", { value }),
  ]);
  if (recorded.status === "fulfilled") records.push(value);
  const kinds: (keyof Acknowledged)[] = [];
  if (revoked.status === "fulfilled") kinds.push("revocation");
  if (taken.status === "fulfilled" && taken.value) kinds.push("link");
  return { value, kinds };
}
