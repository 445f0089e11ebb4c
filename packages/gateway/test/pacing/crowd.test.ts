import { getHeapSpaceStatistics } from "node:v8";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collectGarbage } from "../../../../test/support/collect-garbage.ts";
import { Crowd } from "../../src/pacing/crowd.ts";

const KIB = 1024;

describe("crowd", () => {
  test("holds what was added and not taken out, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (steps) => {
        const crowd = new Crowd<number>();
        const inside = new Map<number, () => void>();
        for (const step of steps) {
          const leave = inside.get(step);
          leave?.();
          // Once more: it must take out nobody else.
          leave?.();
          if (!inside.delete(step)) inside.set(step, crowd.add(step));
          expect([...crowd].sort()).toEqual([...inside.keys()].sort());
          expect(crowd.size).toBe(inside.size);
        }
      }),
    );
  });

  test("what is cleared is gone, and leaves nothing to take out", () => {
    const crowd = new Crowd<string>();
    const leave = crowd.add("old");
    crowd.clear();
    crowd.add("new");
    leave();
    expect([...crowd]).toEqual(["new"]);
  });

  test("items may leave while they are walked over", () => {
    const crowd = new Crowd<() => void>();
    for (let count = 0; count < 5; count++) {
      const leave = crowd.add(() => leave());
    }
    for (const item of crowd) item();
    expect(crowd.size).toBe(0);
  });

  test("who left meanwhile is not visited, and who came is not either", () => {
    const crowd = new Crowd<string>();
    const leaves = ["a", "b", "c", "d"].map((name) => crowd.add(name));
    const visited: string[] = [];
    for (const name of crowd) {
      visited.push(name);
      if (name !== "b") continue;
      leaves[2]?.();
      leaves[0]?.();
      crowd.add("e");
    }
    expect(visited).toEqual(["a", "b", "d"]);
    expect([...crowd].sort()).toEqual(["b", "d", "e"]);
  });

  test("what came and went is freed without a full collection", () => {
    const crowd = new Crowd<object>();
    // What has been there for long, as a busy gateway's own objects.
    churn(crowd, 1000);
    for (let count = 0; count < 3; count++) collectGarbage({ type: "minor" });
    const before = oldBytes();
    for (let count = 0; count < 20; count++) {
      churn(crowd, 1000);
      collectGarbage({ type: "minor" });
    }
    expect(oldBytes() - before).toBeLessThan(2 * KIB * KIB);
  });
});

/** Items of 1 KiB come and go, 32 of them at once. */
function churn(crowd: Crowd<object>, items: number): void {
  const leaves: (() => void)[] = [];
  for (let count = 0; count < items; count++) {
    leaves.push(crowd.add(new Array(KIB / 8).fill(count)));
    if (leaves.length > 32) leaves.shift()?.();
  }
  for (const leave of leaves) leave();
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0;
}
