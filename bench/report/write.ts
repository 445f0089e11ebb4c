import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { markdown } from "./markdown.ts";
import { plot } from "./plot.ts";
import type { Results } from "./results.ts";

/** Where every run leaves its results. */
export const ARTIFACTS = fileURLToPath(new URL("../../artifacts/bench/", import.meta.url));
const PLOT = "images/benchmarks.svg";
const BETWEEN = /(<!-- results -->\n)[\s\S]*?(<!-- end of results -->)/;

/** Writes `results.json`, `results.md` and `plot.svg`. */
export async function writeResults(results: Results): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  await writeFile(`${ARTIFACTS}results.json`, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(`${ARTIFACTS}results.md`, markdown(results));
  await writeFile(`${ARTIFACTS}plot.svg`, plot(results));
}

/** Throws where a document has no place for results, and says what that would be. */
export async function checkDocument(path: string): Promise<void> {
  if (BETWEEN.test(await readFile(path, "utf8"))) return;
  throw new Error(`${path} has no place for results: a line <!-- results --> and below it <!-- end of results -->`);
}

/** Puts the table where the document has its place for it, and the plot into `images/` beside the document. */
export async function updateDocument(path: string, results: Results): Promise<void> {
  await checkDocument(path);
  const image = join(dirname(path), PLOT);
  await mkdir(dirname(image), { recursive: true });
  await writeFile(image, plot(results));
  const told = `\n![Every case as bars, one a peer](${PLOT})\n\n${markdown(results)}\n`;
  const text = await readFile(path, "utf8");
  await writeFile(
    path,
    text.replace(BETWEEN, (_, open: string, close: string) => open + told + close),
  );
}
