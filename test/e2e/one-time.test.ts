import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { startStack } from "../support/stack.ts";

const SESSION_KEY = "a-session-key-for-tests-of-32-bytes-x";
const USED = "This link was used already";

test("a link that works once, opened in two browsers at the same moment through two gateways, lets exactly one in", async () => {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-once-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const gateway = { dataDir: folder, web: { sessionKeys: [SESSION_KEY] } };
  const vars = { ONE_TIME_LINKS: "true", SESSION_KEY };
  const one = undo.use(await startStack({ gateway, vars }));
  const other = undo.use(await startStack({ gateway, vars }));
  const browsers = [undo.use(await startBrowser()), undo.use(await startBrowser())] as const;

  for (let round = 0; round < 3; round++) {
    const token = await one.token({ port: one.bmc.port, jti: randomUUID() });
    const pages = await Promise.all([
      browsers[0].open(`${one.edge.url}/gpsession?token=${token}`),
      browsers[1].open(`${other.edge.url}/gpsession?token=${token}`),
    ]);
    const inside = await Promise.all(
      pages.map(async (page) => {
        const log = page.getByLabel("User name");
        const used = page.getByRole("heading", { name: USED });
        await log.or(used).waitFor();
        return log.isVisible();
      }),
    );
    expect(inside.toSorted()).toEqual([false, true]);
    for (const page of pages) expect(page.url()).not.toContain(token);
    for (const { context } of browsers) await context.clearCookies();
  }
});
