import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createExpiry } from "../../src/telemetry/expiry.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

test("docs/operations.md has every metric of ours, and no other", async () => {
  const text = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| `(sallyport_\w+)` \|/gm)].map(([, name]) => name);
  const snapshots = await Promise.all([createMetrics().snapshot(), createExpiry(() => 0)()]);
  const measured = snapshots.flat().map(({ name }) => name);
  expect(documented.sort()).toEqual(measured.filter((name) => name.startsWith("sallyport_")).sort());
});
