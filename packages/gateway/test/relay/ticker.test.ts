import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OFTEN, type Pace } from "../../src/pacing/steps.ts";
import { createTicker, type Ticking } from "../../src/relay/ticker.ts";

const INTERVAL = 1_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
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

/** A pace at which so many fit a step, and whose pauses the test ends: each call of `goOn` is one step more. */
function steps(fit: number) {
  let [asked, resume] = [0, () => {}];
  const pace: Pace = {
    step: fit,
    // Asked once at a step's begin, and after each member.
    clock: () => asked++,
    pause: () =>
      new Promise<void>((resolve) => {
        resume = resolve;
      }),
  };
  const goOn = async () => {
    resume();
    await new Promise(setImmediate);
  };
  return { pace, goOn };
}

test("each is looked at once an interval, with everybody else served whenever a step is over", async () => {
  const { pace, goOn } = steps(10);
  const ticker = createTicker(INTERVAL, pace);
  const { all, told, sum } = members(100);
  for (const one of all) ticker.add(one);
  vi.advanceTimersByTime(INTERVAL);
  const atOnce = [sum()];
  while (sum() < 100) {
    const before = sum();
    await goOn();
    atOnce.push(sum() - before);
  }
  expect(atOnce).toEqual(Array.from({ length: 10 }, () => 10));
  expect(told).toEqual(told.map(() => 1));
});

test("a step of what comes again and again is a tenth of a millisecond", () => {
  expect(OFTEN.step).toBe(0.1);
});

test("a walk that is under way is not begun again, and the next interval has one again", async () => {
  const { pace, goOn } = steps(1);
  const ticker = createTicker(INTERVAL, pace);
  const { all, told } = members(2);
  for (const one of all) ticker.add(one);
  vi.advanceTimersByTime(3 * INTERVAL);
  expect(told).toEqual([1, 0]);
  for (const _ of all) await goOn();
  expect(told).toEqual([1, 1]);
  vi.advanceTimersByTime(INTERVAL);
  expect(told).toEqual([2, 1]);
});

test("who has left is not looked at any more, and without anybody there is no timer", async () => {
  const ticker = createTicker(INTERVAL);
  const { all, told } = members(3);
  const [leaveFirst, ...leave] = all.map((one) => ticker.add(one));
  for (const one of leave) for (const _ of [1, 2]) one();
  vi.advanceTimersByTime(INTERVAL);
  expect(told).toEqual([1, 0, 0]);
  leaveFirst?.();
  expect(vi.getTimerCount()).toBe(0);
});

test("they may leave, and have others leave, while they are looked at", () => {
  const ticker = createTicker(INTERVAL, { ...OFTEN, step: Number.POSITIVE_INFINITY });
  const { all, told } = members(4);
  const leave: (() => void)[] = all.map((member, at) =>
    ticker.add({
      tick() {
        member.tick();
        if (at === 1) for (const go of leave.slice(0, 3)) go();
      },
    }),
  );
  vi.advanceTimersByTime(INTERVAL);
  expect(told).toEqual([1, 1, 0, 1]);
});

test("between two steps they come and go: nobody is looked at twice, and who came is in the next walk", async () => {
  const { pace, goOn } = steps(2);
  const ticker = createTicker(INTERVAL, pace);
  const { all, told } = members(7);
  const leave = all.slice(0, 6).map((one) => ticker.add(one));
  vi.advanceTimersByTime(INTERVAL);
  // The last one takes the place of the first, and another one comes.
  leave[0]?.();
  leave[2]?.();
  ticker.add(all[6] as Ticking);
  for (let step = 0; step < 4; step++) await goOn();
  expect(told).toEqual([1, 1, 0, 1, 1, 1, 0]);
  vi.advanceTimersByTime(INTERVAL);
  for (let step = 0; step < 4; step++) await goOn();
  expect(told).toEqual([1, 2, 0, 2, 2, 2, 1]);
});
