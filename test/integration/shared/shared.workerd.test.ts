import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groups } from "../../../packages/shared/test/cases/index.ts";
import type { Run } from "./cases-worker.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

// Bundled by wrangler as a deployed Worker would be, without Node's modules: an import of one fails the bundle.
const entrypoint = fileURLToPath(new URL("cases-worker.ts", import.meta.url));
let workerd: Workerd | undefined;
let run: Run = { runtime: "none", outcomes: [] };

beforeAll(async () => {
  workerd = await startWorkerd(entrypoint);
  const response = await workerd.fetch("/");
  run = (await response.json()) as Run;
});

afterAll(async () => {
  await workerd?.[Symbol.asyncDispose]();
});

for (const group of groups) {
  describe(group.name, () => {
    for (const { name } of group.cases) {
      test(name, () => {
        const found = run.outcomes.filter((outcome) => outcome.group === group.name && outcome.name === name);
        expect(found).toEqual([{ group: group.name, name }]);
      });
    }
  });
}

test("it was workerd that ran them, and as many as Node does", () => {
  expect(run.runtime).toBe("Cloudflare-Workers");
  expect(run.outcomes.length).toBe(groups.reduce((sum, group) => sum + group.cases.length, 0));
});
