import { expect, test } from "vitest";
import { BackOff } from "../../src/processes/back-off.ts";

test("workers that die young are replaced ever more slowly, to a limit", () => {
  const backOff = new BackOff();
  const delays = Array.from({ length: 9 }, () => backOff.after(50));
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test("one that lived a while is replaced at once, and the next counts from there", () => {
  const backOff = new BackOff();
  for (let time = 0; time < 5; time++) backOff.after(50);
  expect(backOff.after(60_000)).toBe(100);
  expect(backOff.after(50)).toBe(200);
});
