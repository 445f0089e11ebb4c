import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { mutations } from "./list.ts";

test.each(mutations)("can be taken out where the list says: $protection", async ({ file, from, to }) => {
  const source = await readFile(new URL(`../../../${file}`, import.meta.url), "utf8");
  expect(source.split(from)).toHaveLength(2);
  expect(source.replace(from, () => to)).not.toBe(source);
});
