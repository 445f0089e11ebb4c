import { beforeAll, expect, test } from "vitest";
import { NAIVE_PROXIES, type ProxyName } from "../emulators/naive-proxies/naive-proxies.ts";
import { ensureDebianPackages } from "../support/packages.ts";
import { runCell } from "./cells.ts";
import { expectationFor, outcomeOf } from "./expectations.ts";
import { FAMILIES, type FamilyName } from "./families.ts";

const families = Object.keys(FAMILIES) as FamilyName[];
const proxies = Object.keys(NAIVE_PROXIES) as ProxyName[];

beforeAll(() => ensureDebianPackages(["nginx", "haproxy"]));

const pairs = (["direct", ...proxies] as const).flatMap((before) => families.map((family) => ({ family, before })));

// The stays that wait in vain for an event come early, and so wait beside the others.
test.concurrent.for(pairs)("$family: $before", async ({ family, before }, { task, expect }) => {
  const cell = await runCell(family, before);
  task.meta.cell = cell;
  expect(outcomeOf(cell)).toEqual(expectationFor(family, before));
  if (Object.keys(cell.failed).length === 0) expect(cell.left).toBe(0);
});

test("every naive proxy is refused by a family, and the careful one by none", () => {
  const suffering = (proxy: ProxyName) => families.filter((family) => expectationFor(family, proxy).refused.length > 0);
  const unrefused = proxies.filter((proxy) => suffering(proxy).length === 0);
  expect(unrefused).toEqual(["careful"]);
});
