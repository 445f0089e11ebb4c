import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { openStore, revocationKey } from "@sallyport/gateway";
import { expect, test } from "vitest";

const SOURCE = new URL("../../../packages/gateway/src/", import.meta.url).href;
const revocation = (value: string) => ({ key: revocationKey("jti", value), kind: "jti" as const, value, at: 1 });

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), "sallyport-thread-"));
  const file = join(path, "store", "sallyport.db");
  return { path, file, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("where the thread ends that nobody told to, the process does: without it no revocation would be heard of", async () => {
  await using folder = await makeFolder();
  // More than the thread's heap holds.
  const fill = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 120)
    INSERT INTO audit SELECT 'w', n, 1, printf('%.*c', 1000000, 'x'), 'm' FROM numbers`;
  const script = join(folder.path, "script.mts");
  const content = `
    import { DatabaseSync } from "node:sqlite";
    import { exitOnFault } from "${SOURCE}processes/faults.ts";
    import { openStore } from "${SOURCE}store/open.ts";
    import { createLog } from "${SOURCE}telemetry/log.ts";
    exitOnFault(createLog({ level: "info", format: "json" }));
    const store = await openStore({ dataDir: ${JSON.stringify(folder.path)} });
    const other = new DatabaseSync(${JSON.stringify(folder.file)});
    other.exec(${JSON.stringify(fill)});
    setInterval(() => {}, 1000);
    await store.auditRecent(1_000).catch(() => {});
    await store.time().catch(() => {});
    console.log("went on");
    process.exit(0);`;
  await writeFile(script, content);
  const { status, stdout } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  expect(stdout).toContain("an unforeseen fault ends this process");
  expect(stdout).toContain("the store's thread failed");
  expect(stdout).not.toContain("went on");
  expect(status).toBe(1);
});

test("a look for changes that fails ends nothing, and is made up for", async () => {
  await using folder = await makeFolder();
  const store = await openStore({ dataDir: folder.path });
  const other = new DatabaseSync(folder.file);
  try {
    other.exec("ALTER TABLE revocations RENAME TO elsewhere");
    // The thread looks at once after what wrote, or tried to.
    await expect(store.revoke([revocation("one")])).rejects.toThrow("no such table");
    await store.time();
    const changed = Promise.withResolvers<void>();
    store.onChange(changed.resolve);
    other.exec("ALTER TABLE elsewhere RENAME TO revocations");
    other.exec("INSERT INTO revocations (key, kind, at) VALUES ('k', 'jti', 1)");
    await changed.promise;
    expect((await store.revocationsAfter(0, 10)).revocations).toMatchObject([{ key: "k" }]);
  } finally {
    other.close();
    await store.close();
  }
});
