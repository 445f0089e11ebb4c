import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Results } from "../report/results.ts";
import { checkDocument, updateDocument } from "../report/write.ts";

const results: Results = {
  made: "2026-01-02T03:04:05Z",
  machine: { processor: "some processor", cpus: 2, memoryGiB: 4, kernel: "6.1", system: "Debian" },
  versions: { sallyport: "Node 26", haproxy: "3.0" },
  leftOut: ["caddy"],
  cases: [],
};

async function makeDocument(text: string) {
  const folder = await mkdtemp(join(tmpdir(), "bench-document-"));
  const path = join(folder, "page.md");
  await writeFile(path, text);
  return { folder, path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

it("results replace those of the last run, and nothing else of the page", async () => {
  await using page = await makeDocument("before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n");
  await updateDocument(page.path, results);
  await updateDocument(page.path, results);
  const text = await readFile(page.path, "utf8");
  expect(text).toMatch(/^before\n<!-- results -->\n/);
  expect(text).toMatch(/\n<!-- end of results -->\nafter\n$/);
  expect(text).not.toContain("old");
  expect(text.match(/haproxy 3\.0\. Left out: caddy\./g)).toHaveLength(1);
  expect(await readFile(join(page.folder, "images/benchmarks.svg"), "utf8")).toMatch(/^<svg /);
});

it("a page without a place for results is refused before anything is measured", async () => {
  await using page = await makeDocument("a page\n");
  await expect(checkDocument(page.path)).rejects.toThrow("<!-- end of results -->");
});

it("the documentation has a place for results", async () => {
  await expect(checkDocument("docs/benchmarks.md")).resolves.toBeUndefined();
});
