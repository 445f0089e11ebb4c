import { describe, expect, test } from "vitest";
import { groups } from "./cases/index.ts";

// The same cases run in workerd: test/integration/shared/.
for (const group of groups) {
  describe(group.name, () => {
    for (const one of group.cases) test(one.name, one.run);
  });
}

test("every group and every case of a group has a name of its own", () => {
  const names = groups.flatMap((group) => group.cases.map((one) => `${group.name} › ${one.name}`));
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
