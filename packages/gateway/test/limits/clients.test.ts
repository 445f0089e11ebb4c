import fc from "fast-check";
import { expect, test } from "vitest";
import { ClientLimits } from "../../src/limits/clients.ts";
import { TokenBuckets } from "../../src/limits/token-buckets.ts";

test("J-09: in any time no more passes than the capacity and what came back, and as much where it is asked for", () => {
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 5_000 }), takes: fc.integer({ min: 0, max: 6 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 2_000 }), steps, (capacity, fillMs, plan) => {
      const buckets = new TokenBuckets({ capacity, fillMs });
      let now = 1_000;
      let taken = 0;
      for (const { wait, takes } of plan) {
        now += wait / 1000;
        for (let left = takes; left > 0; left--) if (buckets.take("alice", now)) taken++;
      }
      // One more for what rounding of seconds may give.
      expect(taken).toBeLessThanOrEqual(capacity + Math.floor(((now - 1_000) * 1000) / fillMs) + 1);
    }),
  );
});

test("J-09: a full bucket holds its capacity, one token comes back each time, and a wait of years fills no further", () => {
  const buckets = new TokenBuckets({ capacity: 3, fillMs: 10_000 });
  const takes = (now: number) => [1, 2, 3, 4].filter(() => buckets.take("alice", now)).length;
  expect([takes(0), takes(9.9), takes(10), takes(29.9), takes(30), takes(1e9)]).toEqual([3, 0, 1, 1, 1, 3]);
});

test("a clock that is set back neither fills a bucket nor stops it from filling", () => {
  const buckets = new TokenBuckets({ capacity: 1, fillMs: 10_000 });
  expect([buckets.take("a", 1_000), buckets.take("a", 500), buckets.take("a", 509), buckets.take("a", 510)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("buckets that are full again are forgotten", () => {
  const buckets = new TokenBuckets({ capacity: 2, fillMs: 1_000 });
  for (let user = 0; user < 1_000; user++) buckets.take(`user ${user}`, 0.5);
  expect(buckets.size).toBe(1_000);
  buckets.take("another", 10);
  expect(buckets.size).toBe(1);
});

test("J-10, J-12: a limit that is reached takes nothing from the other, and a release counts once", () => {
  const limits = new ClientLimits({ rate: { capacity: 2, fillMs: 3_600_000 }, maxConcurrent: 1 });
  const first = limits.take("alice", 0);
  expect([limits.take("alice", 0), limits.take("alice", 0)]).toMatchObject([
    { reason: "client-full" },
    { reason: "client-full" },
  ]);
  if (first.ok) for (const release of [first.value, first.value]) release();
  expect(limits.openOf("alice")).toBe(0);
  const second = limits.take("alice", 0);
  expect(second.ok).toBe(true);
  if (second.ok) second.value();
  expect(limits.take("alice", 0)).toMatchObject({ reason: "rate-limited" });
  expect(limits.openOf("alice")).toBe(0);
});
