import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTicker, type Ticking } from "../../src/relay/ticker.ts";

const INTERVAL = 1_000;
const TURN = 50;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Members, and what each was told so far. */
function members(count: number) {
  const told = Array.from({ length: count }, () => 0);
  const all = told.map((_, at): Ticking => {
    return {
      tick: () => {
        told[at] = (told[at] ?? 0) + 1;
      },
    };
  });
  return { all, told, sum: () => told.reduce((sum, one) => sum + one, 0) };
}

test("each is looked at once an interval, and not all of those that came together in one turn", () => {
  const ticker = createTicker(INTERVAL);
  const { all, told, sum } = members(100);
  for (const one of all) ticker.add(one);
  const atOnce: number[] = [];
  for (let time = 0; time < INTERVAL; time += TURN) {
    const before = sum();
    vi.advanceTimersByTime(TURN);
    atOnce.push(sum() - before);
  }
  expect(told).toEqual(told.map(() => 1));
  expect(Math.max(...atOnce)).toBe((100 * TURN) / INTERVAL);
});

test("who has left is not looked at any more, and without anybody there is no timer", () => {
  const ticker = createTicker(INTERVAL);
  const { all, told } = members(3);
  const [leaveFirst, ...leave] = all.map((one) => ticker.add(one));
  for (const one of leave) for (const _ of [1, 2]) one();
  vi.advanceTimersByTime(2 * INTERVAL);
  expect(told).toEqual([2, 0, 0]);
  leaveFirst?.();
  expect(vi.getTimerCount()).toBe(0);
});

test("those of one turn may leave, and have others leave, while they are looked at", () => {
  const ticker = createTicker(20);
  const { all, told } = members(4);
  const leave: (() => void)[] = all.map((member, at) =>
    ticker.add({
      tick() {
        member.tick();
        if (at === 1) for (const go of leave.slice(0, 3)) go();
      },
    }),
  );
  vi.advanceTimersByTime(60);
  expect(told).toEqual([1, 1, 0, 3]);
});

test("an interval too short for turns is one turn", () => {
  const ticker = createTicker(20);
  const { all, told } = members(2);
  for (const one of all) ticker.add(one);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([5, 5]);
});
