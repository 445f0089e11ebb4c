import { expect, test } from "vitest";
import { clientKey } from "../../src/limits/client-key.ts";
import { EntryLimit } from "../../src/limits/entries.ts";
import { LeakyBuckets } from "../../src/limits/leaky-buckets.ts";
import { Offenders } from "../../src/limits/offenders.ts";

test("buckets leak, not below empty, and a clock that is set back changes nothing", () => {
  const buckets = new LeakyBuckets();
  buckets.set("a", 3, 100);
  expect([100, 103, 109, 1e9, 50].map((now) => buckets.level("a", now, 3))).toEqual([3, 2, 0, 0, 3]);
});

test("however many come, memory is bounded, and those who came last are remembered", () => {
  const buckets = new LeakyBuckets(10);
  for (let key = 0; key < 1_000; key++) buckets.set(`key ${key}`, 1, 0);
  expect(buckets.size).toBeLessThanOrEqual(20);
  expect([buckets.level("key 999", 0, 1), buckets.level("key 991", 0, 1), buckets.level("key 0", 0, 1)]).toEqual([
    1, 1, 0,
  ]);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "20010db800000000"],
  ["2001:db8::ffff:1", "20010db800000000"],
  ["2001:db8:0:1::1", "20010db800000001"],
  ["x".repeat(100), "x".repeat(45)],
])("%s is counted as %s", (address, key) => {
  expect(clientKey(address)).toBe(key);
});

test("the limit of entries is read anew at each, 0 is none, and nobody is counted whom nobody names", () => {
  let perMinute = 1;
  const limit = new EntryLimit(() => perMinute);
  const take = (address: string | undefined, now: number) => limit.take("session", address, now).ok;
  expect([take("a", 0), take("a", 0), take("a", 59), take("a", 60)]).toEqual([true, false, false, true]);
  expect([take(undefined, 60), take("", 60), take("", 60)]).toEqual([true, true, true]);
  expect(limit.take("link", "a", 60).ok).toBe(true);
  perMinute = 0;
  expect(take("a", 60)).toBe(true);
  perMinute = 2;
  expect([take("a", 60), take("a", 60)]).toEqual([true, false]);
});

test("who did too much wrong is held under each address of a network, and no longer than it takes to forgive", () => {
  const offenders = new Offenders();
  for (let count = 0; count < 100; count++) offenders.note(`2001:db8::${count}`, 0);
  expect([offenders.isHeld("2001:db8::abcd", 0), offenders.isHeld("2001:db8:0:1::", 0)]).toEqual([true, false]);
  expect([offenders.isHeld("2001:db8::1", 2), offenders.isHeld("2001:db8::1", 4)]).toEqual([true, false]);
});
