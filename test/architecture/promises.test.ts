import { access, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

test("every test that SECURITY.md names is there", async () => {
  const text = await readFile(`${ROOT}SECURITY.md`, "utf8");
  const promises = text.split("\n").filter((line) => line.startsWith("| ") && line.includes("`test/"));
  const paths = promises.flatMap((line) => [...line.matchAll(/`((?:test|packages)\/[^`]+)`/g)].map(([, path]) => path));
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) await expect(access(`${ROOT}${path}`), path).resolves.toBeUndefined();
});
