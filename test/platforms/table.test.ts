import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

const nothing = { refused: {}, failed: {}, left: 0 };

test("a column for each family, a row for each thing before it; reasons, steps and what is left below each other", () => {
  const table = formatTable([
    { ...nothing, family: "one", before: "direct" },
    { ...nothing, family: "one", before: "proxy", refused: { host: 2, leak: 11 }, failed: { console: "400" }, left: 1 },
    { ...nothing, family: "another", before: "proxy", failed: { "log-in": "leads away", console: "no" } },
  ]);
  expect(table.split("\n")).toEqual([
    "        one      another",
    "direct  0        -",
    "proxy   host 2   fails: log-in",
    "        leak 11  fails: console",
    "        left: 1",
  ]);
});
