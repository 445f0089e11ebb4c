import { expect, test } from "vitest";
import { bundleWorker } from "../../support/worker-bundle.ts";

test("the Worker deploys as the example says, and is under 100 KiB", { timeout: 60_000 }, async () => {
  const bundle = await bundleWorker({ minify: true });
  expect(bundle.length).toBeGreaterThan(10_000);
  expect(bundle.length).toBeLessThan(100 * 1024);
});
