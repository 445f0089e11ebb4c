import { expect, test } from "vitest";
import { leastStolen } from "../measure/sample.ts";

test.each([
  ["the first of which the host took nothing", [0], 0],
  ["played again until nothing is taken", [0.02, 0, 0.01], 1],
  ["else the one of three of which least was taken", [0.03, 0.01, 0.02, 0], 1],
  ["the earlier of equals", [0.01, 0.01, 0.01], 0],
])("a turn that counts: %s", async (_, taken, counted) => {
  let played = 0;
  const turn = await leastStolen(async () => ({ at: played, stolenCpu: taken[played++] ?? Number.NaN }));
  expect(turn.at).toBe(counted);
  const clean = taken.indexOf(0);
  expect(played).toBe(clean === -1 || clean > 2 ? 3 : clean + 1);
});
