import { describe, expect, it } from "vitest";
import { ordered } from "../measure/play.ts";
import { median, middleHalf } from "../report/statistics.ts";

describe("statistics", () => {
  it("take the middle, between two where there are two", () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([9, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it("show the middle half, which a few wild values do not move", () => {
    expect(middleHalf([5, 1, 3, 2, 4])).toEqual({ low: 2, high: 4 });
    expect(middleHalf([5000, -1000, 3, 2, 4])).toEqual({ low: 2, high: 4 });
    expect(middleHalf([7])).toEqual({ low: 7, high: 7 });
  });
});

describe("the order of turns", () => {
  const cast = ["ours", "theirs", "another"];
  const rounds = Array.from({ length: 12 }, (_, round) => ordered(cast, round));

  it("has everybody once a round", () => {
    for (const round of rounds) expect(round.toSorted()).toEqual(cast.toSorted());
  });

  it("lets everybody begin, and two that are compared come before one another equally often", () => {
    expect(new Set(rounds.map(([first]) => first)).size).toBe(cast.length);
    expect(rounds.filter((round) => round.indexOf("ours") < round.indexOf("theirs"))).toHaveLength(rounds.length / 2);
  });
});
