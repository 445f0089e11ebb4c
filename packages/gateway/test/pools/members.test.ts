import fc from "fast-check";
import { expect, test } from "vitest";
import { Pool } from "../../src/pools/members.ts";

const NONE: ReadonlySet<string> = new Set();

function pool(members: readonly string[], retryMs = 1_000) {
  const clock = { now: 0 };
  return { clock, members: new Pool({ members, retryMs, clock: () => clock.now }) };
}

test("J-13: counts are those of the connections that are open, none below zero, and each goes where the fewest are", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 20 })), (steps) => {
      const { members } = pool(["a", "b", "c"]);
      const held: { member: string; release(): void }[] = [];
      for (const step of steps) {
        const [leaving] = step >= 0 && held.length > 0 ? held.splice(step % held.length, 1) : [];
        leaving?.release();
        leaving?.release();
        const fewest = Math.min(...members.open);
        const expected = members.open.indexOf(fewest);
        if (leaving) continue;
        const lease = members.lease(NONE);
        if (lease) held.push(lease);
        expect(lease?.member).toBe(["a", "b", "c"][expected]);
      }
      expect(members.open).toEqual(["a", "b", "c"].map((name) => held.filter(({ member }) => member === name).length));
    }),
  );
});

test("one that failed is passed over until its time is over, unless all have", () => {
  const { members, clock } = pool(["a", "b"]);
  members.lease(NONE)?.failed();
  expect(members.open).toEqual([0, 0]);
  expect([members.lease(NONE)?.member, members.lease(NONE)?.member]).toEqual(["b", "b"]);
  members.mark("b", false);
  expect(members.lease(NONE)?.member).toBe("a");
  clock.now = 1_000;
  expect(members.lease(NONE)?.member).toBe("a");
  expect(members.lease(new Set(["a", "b"]))).toBeUndefined();
});

test("J-13: a pool of nothing is a fault", () => {
  expect(() => pool([])).toThrow(/one upstream at least/);
});
