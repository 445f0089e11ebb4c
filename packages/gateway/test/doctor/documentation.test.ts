import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FINDING_CODES } from "../../src/doctor/finding.ts";
import { UNEXAMINABLE_TEXT } from "../../src/doctor/unexaminable.ts";

const DOCS = join(import.meta.dirname, "../../../../docs");

const page = await readFile(join(DOCS, "doctor.md"), "utf8");

test.each([
  ["Findings", FINDING_CODES],
  ["No controller there", Object.keys(UNEXAMINABLE_TEXT)],
])("docs/doctor.md has every code under %s, and none that there is not", (heading, codes) => {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [table = ""] = section.split("\n## ");
  const documented = [...table.matchAll(/^\| `([a-z0-9.-]+)` \|/gm)].map(([, code]) => code);
  expect(documented.toSorted()).toEqual([...codes].toSorted());
});
