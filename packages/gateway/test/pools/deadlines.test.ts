import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "../../src/pools/deadlines.ts";

const TIMEOUT = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Begins one each 100 ms; what was called back, by its number and time. */
function beginFive(deadlines: Deadlines) {
  const over: [number, number][] = [];
  const begun = performance.now();
  const callOff = [0, 1, 2, 3, 4].map((number) => {
    if (number > 0) vi.advanceTimersByTime(100);
    return deadlines.begin(() => over.push([number, performance.now() - begun]));
  });
  return { over, callOff };
}

test("each is called back once, when its own time is over", () => {
  const { over } = beginFive(new Deadlines(TIMEOUT, () => performance.now()));
  vi.advanceTimersByTime(3 * TIMEOUT);
  expect(over).toEqual([0, 1, 2, 3, 4].map((number) => [number, TIMEOUT + number * 100]));
});

test.for([[0], [4], [1, 2], [0, 1, 2, 3, 4]])("what was called off is not: %j", (off) => {
  const { over, callOff } = beginFive(new Deadlines(TIMEOUT, () => performance.now()));
  for (const number of off) for (const _ of [1, 2]) callOff[number]?.();
  vi.advanceTimersByTime(3 * TIMEOUT);
  expect(over.map(([number]) => number)).toEqual([0, 1, 2, 3, 4].filter((number) => !off.includes(number)));
  expect(vi.getTimerCount()).toBe(0);
});

test("one that begins while another is called back has its whole time", () => {
  const deadlines = new Deadlines(TIMEOUT, () => performance.now());
  const over = vi.fn();
  deadlines.begin(() => void deadlines.begin(over));
  vi.advanceTimersByTime(2 * TIMEOUT - 1);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledOnce();
});
