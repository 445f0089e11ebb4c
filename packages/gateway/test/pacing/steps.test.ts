import { expect, test } from "vitest";
import { inSteps } from "../../src/pacing/steps.ts";

/** A world in which each item takes so long (milliseconds), and which notes how many were done at each pause. */
function world(cost: number) {
  const time = { now: 0 };
  const done: number[] = [];
  const pauses: number[] = [];
  return {
    done,
    pauses,
    act(item: number) {
      time.now += cost;
      done.push(item);
    },
    step: 2,
    clock: () => time.now,
    async pause() {
      pauses.push(done.length);
      // Others had their turn: that is no work of ours.
      time.now += 100;
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test("does all of them in order, with a pause whenever a step has gone", async () => {
  const one = world(0.5);
  await inSteps(numbers(10), one.act, one);
  expect(one.done).toEqual(numbers(10));
  expect(one.pauses).toEqual([4, 8]);
});

test("pauses after each that takes longer than a step by itself", async () => {
  const one = world(3);
  await inSteps(numbers(3), one.act, one);
  expect(one.pauses).toEqual([1, 2, 3]);
});

test("the first step is done at once", () => {
  const one = world(0.5);
  void inSteps(numbers(10), one.act, one);
  expect(one.done).toEqual(numbers(4));
});

test("a set that changes between two steps: what came is visited, what went is not", async () => {
  const one = world(2);
  const set = new Set([1, 2, 3]);
  const pause = async () => {
    if (one.done.length === 1) set.add(4).delete(2);
  };
  await inSteps(set, one.act, { ...one, pause });
  expect(one.done).toEqual([1, 3, 4]);
});

test("by itself it lets the event loop go on between two steps", async () => {
  let turns = 0;
  let walking = true;
  const count = () => {
    turns += 1;
    if (walking) setImmediate(count);
  };
  setImmediate(count);
  const busy = () => {
    const end = performance.now() + 2;
    while (performance.now() < end);
  };
  await inSteps(numbers(5), busy);
  walking = false;
  expect(turns).toBeGreaterThanOrEqual(4);
});
