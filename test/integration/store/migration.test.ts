import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@sallyport/gateway";
import { expect, test } from "vitest";

/** A store's folder with the file that the given version of the schema left. */
async function oldStore(version: number): Promise<AsyncDisposable & { dataDir: string; file: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), "sallyport-migration-"));
  await mkdir(join(dataDir, "store"));
  const file = join(dataDir, "store", "sallyport.db");
  const database = new DatabaseSync(file);
  database.exec(await readFile(new URL(`schema-${version}.sql`, import.meta.url), "utf8"));
  database.close();
  return { dataDir, file, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true }) };
}

function versionOf(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(database.prepare("PRAGMA user_version").get()?.user_version);
  } finally {
    database.close();
  }
}

test("a file of version 1 is brought forward when it is opened, and loses nothing", async () => {
  await using old = await oldStore(1);
  expect(versionOf(old.file)).toBe(1);
  const store = await openStore({ dataDir: old.dataDir });
  try {
    expect((await store.epoch()).id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await store.revocationsAfter(0, 10)).revocations).toMatchObject([
      { kind: "jti", value: "4711", note: "lost laptop" },
      { kind: "principal", value: "customer-42", before: 1_790_000_000.5, until: 4_000_000_000 },
    ]);
    expect(await store.consume({ jti: "once", until: 4_000_000_000 })).toBe(false);
    expect(await store.auditOf("w", 0, 10)).toMatchObject([{ seq: 1, mac: "m" }]);
    expect(await store.usage({ from: 0, to: 4_000_000_000, limit: 10 })).toMatchObject([
      { principal: "customer-42", sent: 20, seconds: 1.5 },
    ]);
    await store.rememberPlatform({ target: "https 10.20.3.7 443", platform: "ilo", until: 10 });
    expect(await store.platformOf("https 10.20.3.7 443", 9)).toMatchObject({ platform: "ilo" });
  } finally {
    await store.close();
  }
  expect(versionOf(old.file)).toBe(2);
});

test("opening a file that was brought forward changes nothing any more", async () => {
  await using old = await oldStore(1);
  await (await openStore({ dataDir: old.dataDir })).close();
  const store = await openStore({ dataDir: old.dataDir });
  expect((await store.revocationsAfter(0, 10)).revocations).toHaveLength(2);
  await store.close();
  expect(versionOf(old.file)).toBe(2);
});

test("a file that is only read stays of the version that it has, its copy too", async () => {
  await using old = await oldStore(1);
  const store = await openStore({ dataDir: old.dataDir, readOnly: true });
  expect(await store.auditOf("w", 0, 10)).toMatchObject([{ seq: 1, mac: "m" }]);
  const copy = join(old.dataDir, "copy.db");
  await store.backup?.(copy);
  await expect(store.consume({ jti: "new", until: 4_000_000_000 })).rejects.toThrow("cannot be written");
  await store.close();
  expect([versionOf(old.file), versionOf(copy)]).toEqual([1, 1]);
});

test("a file that nobody wrote is not read for a store", async () => {
  await using old = await oldStore(1);
  await writeFile(old.file, "");
  await expect(openStore({ dataDir: old.dataDir, readOnly: true })).rejects.toThrow("is empty");
});
