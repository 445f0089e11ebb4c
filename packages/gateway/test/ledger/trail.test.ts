import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chainKeys } from "../../src/ledger/chain.ts";
import { TrailKeeper } from "../../src/ledger/keeper.ts";
import { Trail } from "../../src/ledger/trail.ts";
import { type Checkpoint, verifyTrail } from "../../src/ledger/verify.ts";
import type { AuditEntry } from "../../src/store/audit.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import { type Store, StoreError } from "../../src/store/store.ts";

const KEY = "an-audit-key";
const KEYS = chainKeys([KEY]);
const DAY = 86_400;

let store: Store;
beforeEach(() => {
  store = openMemoryStore();
});
afterEach(() => store.close());

function trail(writer: string, { key = KEY, now = () => 1_000 }: { key?: string; now?: () => number } = {}) {
  return new Trail({ store, writer, key, now, onStatus: (error) => expect(error).toBeUndefined() });
}

async function written(writer: string, count: number, now?: () => number): Promise<readonly AuditEntry[]> {
  const one = trail(writer, now ? { now } : {});
  for (let n = 1; n < count; n++) one.note("deny", { n });
  await one.write("start", { n: count });
  return store.auditOf(writer, 0, count);
}

function keeper(now = () => 1_000) {
  const checkpoints: Checkpoint[] = [];
  const parts = { store, key: KEY, days: 10, now, onError: (error: unknown) => expect.unreachable(String(error)) };
  const kept = new TrailKeeper({ ...parts, onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
  kept.close();
  return { kept, checkpoints };
}

const problems = async (checkpoint?: Checkpoint) =>
  (await verifyTrail(store, KEYS, checkpoint)).faults.map(({ writer, seq, problem }) => `${writer} ${seq} ${problem}`);

/** The trail as somebody who can write the store leaves it. */
async function replaceWith(entries: readonly AuditEntry[]): Promise<void> {
  await store.close();
  store = openMemoryStore();
  await store.appendAudit(entries);
}

describe("a trail", () => {
  test("is good as it was written, by several writers", async () => {
    await written("one", 1_200);
    await written("two", 3);
    expect(await verifyTrail(store, KEYS)).toEqual({ writers: 2, records: 1_203, faults: [] });
    expect(JSON.parse((await store.auditOf("two", 2, 1))[0]?.body ?? "")).toEqual({ event: "start", n: 3 });
  });

  test.each<[string, (entries: readonly AuditEntry[]) => readonly AuditEntry[], string]>([
    ["a changed record", (all) => all.map((one) => (one.seq === 2 ? { ...one, body: "{}" } : one)), "one 2 it was"],
    ["another time", (all) => all.map((one) => (one.seq === 2 ? { ...one, at: 5 } : one)), "one 2 it was changed"],
    ["a record taken out", (all) => all.filter(({ seq }) => seq !== 2), "one 3 records from 2 on are missing"],
    ["a beginning cut off", (all) => all.slice(1), "one 2 records from 1 on are missing"],
    ["another writer's record", (all) => all.map((one) => ({ ...one, writer: "two" })), "two 1 it was changed"],
  ])("%s shows", async (_, change, problem) => {
    await replaceWith(change(await written("one", 4)));
    expect((await problems())[0]).toContain(problem);
  });

  test("written with another key shows", async () => {
    await trail("one", { key: "another" }).write("start", {});
    expect((await problems())[0]).toContain("one 1");
  });

  test("may have been written with an older key", async () => {
    await trail("old", { key: "older" }).write("start", {});
    await written("new", 2);
    expect((await verifyTrail(store, chainKeys([KEY, "older"]))).faults).toEqual([]);
  });

  test.each<[string, (entries: readonly AuditEntry[]) => readonly AuditEntry[]]>([
    ["a tail", (all) => all.slice(0, -1)],
    ["everything", () => []],
  ])("from which %s was cut shows against a checkpoint", async (_, change) => {
    const entries = await written("one", 4);
    const { kept, checkpoints } = keeper();
    await kept.checkpoint();
    await written("one-more", 1);
    await replaceWith(change(entries));
    expect(await problems()).toEqual([]);
    expect((await problems(checkpoints[0]))[0]).toMatch(/^one 4 .*tail was cut off/);
  });

  test("that was written anew shows against a checkpoint", async () => {
    await written("one", 4);
    const { kept, checkpoints } = keeper();
    await kept.checkpoint();
    await replaceWith([]);
    await written("one", 6, () => 2_000);
    expect(await problems(checkpoints[0])).toEqual(["one 4 it is not the record that was there"]);
  });

  test("a checkpoint that somebody made up is none", async () => {
    await written("one", 1);
    const { kept, checkpoints } = keeper();
    await kept.checkpoint();
    await kept.checkpoint();
    expect(checkpoints).toHaveLength(1);
    const forged = { ...(checkpoints[0] as Checkpoint), heads: [] };
    expect((await problems(forged))[0]).toContain("the checkpoint itself");
  });

  test("lets go of what is too old, and is still good from there on", async () => {
    let now = 1_000;
    const one = trail("one", { now: () => now });
    await one.write("start", { n: 1 });
    await one.write("start", { n: 2 });
    const { kept, checkpoints } = keeper(() => now);
    await kept.checkpoint();
    now += 11 * DAY;
    await one.write("start", { n: 3 });
    await kept.retain();
    expect((await store.auditOf("one", 0, 9)).map(({ seq }) => seq)).toEqual([3]);
    expect(await problems()).toEqual([]);
    expect(await problems(checkpoints[0])).toEqual([]);
    now += 11 * DAY;
    await kept.retain();
    expect((await store.auditAnchors()).map(({ seq }) => seq)).toEqual([3]);
    await one.write("start", { n: 4 });
    expect(await problems()).toEqual([]);
  });

  test("an anchor that somebody made up shows", async () => {
    await written("one", 3);
    await store.pruneAudit({ writer: "one", seq: 2, mac: "x", signature: "y" });
    expect((await problems())[0]).toContain("anchor was not made");
  });
});

describe("while the store is away", () => {
  /** A store that fails, and may have written what it failed to acknowledge. */
  function failing(times: number, writes: boolean) {
    let left = times;
    return {
      async appendAudit(entries: readonly AuditEntry[]) {
        left -= 1;
        if (left < 0 || writes) await store.appendAudit(entries);
        if (left >= 0) throw new StoreError("away");
      },
    };
  }

  test.each([
    ["nothing was written", false],
    ["the answer got lost", true],
  ])("who waits is told, and all is written once and in order afterwards (%s)", async (_, writes) => {
    const states: boolean[] = [];
    const one = new Trail({
      store: failing(2, writes),
      writer: "one",
      key: KEY,
      now: () => 1_000,
      onStatus: (error) => states.push(error === undefined),
    });
    one.note("deny", { n: 1 });
    await expect(one.write("start", { n: 2 })).rejects.toThrow("away");
    await expect(one.write("start", { n: 3 })).rejects.toThrow("away");
    await one.write("start", { n: 4 });
    expect(states).toEqual([false, true]);
    const bodies = (await store.auditOf("one", 0, 9)).map(({ body }) => JSON.parse(body).n);
    expect(bodies).toEqual([1, 2, 3, 4]);
    expect(await problems()).toEqual([]);
  });

  test("what is too much to keep is counted", async () => {
    const one = new Trail({ store: failing(1, false), writer: "one", key: KEY, now: () => 1, onStatus: () => {} });
    for (let n = 0; n < 50_010; n++) one.note("deny", {});
    await expect(one.write("start", {})).rejects.toThrow("away");
    await one.close();
    const { records, faults } = await verifyTrail(store, KEYS);
    expect([records, faults]).toEqual([50_002, []]);
    const bodies = (await store.auditOf("one", 0, 60_000)).map(({ body }) => JSON.parse(body));
    expect(bodies.filter(({ event }) => event === "lost")).toEqual([{ event: "lost", count: 10 }]);
  });
});
