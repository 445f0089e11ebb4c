import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { markdown } from "./markdown.ts";
import { plot } from "./plot.ts";
import type { Results } from "./results.ts";

const ARTIFACTS = fileURLToPath(new URL("../../artifacts/bench/", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));
const PLOT = fileURLToPath(new URL("../../docs/images/benchmarks.svg", import.meta.url));
const BETWEEN = /(<!-- results -->\n)[\s\S]*?(<!-- end of results -->)/;

/** Writes `results.json`, `results.md` and `plot.svg`; returns their folder. */
export async function writeResults(results: Results): Promise<string> {
  await mkdir(ARTIFACTS, { recursive: true });
  await writeFile(`${ARTIFACTS}results.json`, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(`${ARTIFACTS}results.md`, markdown(results));
  await writeFile(`${ARTIFACTS}plot.svg`, plot(results));
  return ARTIFACTS;
}

/** Puts the table and the plot where the documentation has its place for them. */
export async function updateDocument(results: Results): Promise<void> {
  const text = await readFile(DOCUMENT, "utf8");
  if (!BETWEEN.test(text)) throw new Error("docs/benchmarks.md has no place for results");
  await writeFile(
    DOCUMENT,
    text.replace(BETWEEN, (_, open: string, close: string) => open + markdown(results) + close),
  );
  await writeFile(PLOT, plot(results));
}
