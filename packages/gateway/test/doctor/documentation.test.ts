import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FINDING_CODES } from "../../src/doctor/finding.ts";

const DOCS = join(import.meta.dirname, "../../../../docs");

test("docs/doctor.md has every finding, and none that there is not", async () => {
  const page = await readFile(join(DOCS, "doctor.md"), "utf8");
  const [, table = ""] = page.split("\n## Findings\n");
  const documented = [...table.matchAll(/^\| `([a-z0-9.-]+)` \|/gm)].map(([, code]) => code);
  expect(documented.toSorted()).toEqual(FINDING_CODES.toSorted());
});
