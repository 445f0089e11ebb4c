import { expect, it } from "vitest";
import { cases } from "../cases/all.ts";
import { estimate } from "../cases/estimate.ts";
import { howToGet, missing, peersAt } from "../peers/all.ts";

it("a peer that is not here is named, with the packages that bring it", () => {
  const gaps = missing(peersAt.web, (needs) => needs !== "haproxy" && needs !== "gcc");
  expect(howToGet(gaps)).toBe(
    "missing: gcc, haproxy\n  apt-get install -y --no-install-recommends gcc haproxy\nor leave peers out with --without PEER\n",
  );
});

it("nothing is missing where everything is here", () => {
  expect(missing([...peersAt.web, ...peersAt.tcp], () => true)).toEqual([]);
});

it("a whole run of the defaults is said to take less than half an hour", () => {
  const plays = cases.map((one) => ({ one, peers: peersAt[one.job] }));
  expect(estimate(plays, {}) / 60).toBeLessThan(26);
  expect(estimate(plays, { seconds: 1 }) / 60).toBeGreaterThan(26);
});
