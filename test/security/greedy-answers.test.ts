import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** In a thread of its own: one that hangs is ended, where it would hold up the test's own time limit. */
async function edited(what: "heads" | "pages"): Promise<unknown> {
  const thread = new Worker(new URL("./greedy-thread.ts", import.meta.url), { workerData: what });
  try {
    const [said] = await once(thread, "message");
    return said;
  } finally {
    await thread.terminate();
  }
}

test.each(["heads", "pages"] as const)("a controller's %s are edited in time, however they are made", async (what) => {
  expect(await edited(what)).toBe("done");
});
