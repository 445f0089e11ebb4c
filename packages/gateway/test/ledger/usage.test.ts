import { expect, test } from "vitest";
import { Denials } from "../../src/ledger/denials.ts";
import { UsageAccount } from "../../src/ledger/usage.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import { StoreError } from "../../src/store/store.ts";
import type { UsageBatch } from "../../src/store/usage.ts";

const HOUR = 3_600;
const START = 100 * HOUR;

test("bytes and seconds are counted once, in the hour in which they were seen, whatever the store does", async () => {
  const store = openMemoryStore();
  let now = START;
  const failures = [false, true, true, false, false];
  const errors: unknown[] = [];
  const session = {
    principal: { id: "customer", tenant: "t" },
    destination: "10.0.0.7",
    startedAt: START,
    counts: { received: 10, sent: 20 },
  };
  const account = new UsageAccount({
    store: {
      usage: store.usage,
      async addUsage(batch: UsageBatch) {
        const fails = failures.shift();
        // The second of two failures has written: only its answer got lost.
        if (!fails || failures[0] === false) await store.addUsage(batch);
        if (fails) throw new StoreError("away");
      },
    },
    writer: "one",
    open: [session],
    now: () => now,
    onError: (error) => errors.push(error),
  });
  now += 10;
  await account.write();
  session.counts = { received: 15, sent: 25 };
  now += HOUR;
  await account.write();
  now += 5;
  await account.write();
  now += 5;
  await account.write();
  account.bill(session);
  await account.close();
  const of = { principal: "customer", tenant: "t", target: "10.0.0.7" };
  expect(await store.usage({ from: 0, to: now + HOUR, limit: 10 })).toEqual([
    { ...of, hour: START, received: 10, sent: 20, seconds: 10 },
    { ...of, hour: START + HOUR, received: 5, sent: 5, seconds: HOUR + 10 },
  ]);
  expect(errors).toHaveLength(2);
  await store.close();
});

test("what is of many sessions is handed over in batches, and all of it counts once where one of them fails", async () => {
  const store = openMemoryStore();
  const sizes: number[] = [];
  const errors: unknown[] = [];
  const open = Array.from({ length: 300 }, (_, index) => ({
    principal: { id: `customer-${index}`, tenant: undefined },
    destination: "10.0.0.7",
    startedAt: START,
    counts: { received: index, sent: 1 },
  }));
  const account = new UsageAccount({
    store: {
      usage: store.usage,
      async addUsage(batch: UsageBatch) {
        sizes.push(batch.rows.length);
        if (sizes.length === 2) throw new StoreError("away");
        await store.addUsage(batch);
      },
    },
    writer: "one",
    open,
    now: () => START,
    onError: (error) => errors.push(error),
  });
  await account.write();
  expect([sizes, errors.length]).toEqual([[128, 128], 1]);
  await account.close();
  expect(sizes).toEqual([128, 128, 128, 44]);
  const rows = await store.usage({ from: START, to: START + HOUR, limit: 1_000 });
  expect(new Map(rows.map(({ principal, received }) => [principal, received]))).toEqual(
    new Map(open.map(({ principal, counts }) => [principal.id, counts.received])),
  );
  await store.close();
});

test("equal denials are written once and counted, different ones are not", () => {
  const written: [object, number][] = [];
  const denials = new Denials((fields, count) => written.push([fields, count]));
  for (let n = 0; n < 5; n++) denials.add({ reason: "a" });
  denials.add({ reason: "b" });
  expect(written).toEqual([
    [{ reason: "a" }, 1],
    [{ reason: "b" }, 1],
  ]);
  denials.flush();
  expect(written.slice(2)).toEqual([[{ reason: "a" }, 4]]);
  denials.add({ reason: "a" });
  denials.flush();
  expect(written).toHaveLength(4);
});

test("a flood of different denials does not fill the memory", () => {
  const written: [object, number][] = [];
  const denials = new Denials((fields, count) => written.push([fields, count]));
  for (let n = 0; n < 5_000; n++) denials.add({ n });
  denials.flush();
  expect(written.length).toBeLessThan(1_010);
  expect(written.reduce((sum, [, count]) => sum + count, 0)).toBe(5_000);
});
