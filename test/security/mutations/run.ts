import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { closingLine } from "../../support/suite-report.ts";
import { copyWorkspace } from "./copy.ts";
import { mutations } from "./list.ts";
import type { Mutation } from "./mutation.ts";

/**
 * Takes each protection out of a copy of the workspace, one at a time, and runs the tests that hold it: every one must
 * fail then. Prints which test it was. `node test/security/mutations/run.ts [words of a protection's name]`
 */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Without its protection a test may wait for what never comes; and one that fails is enough. */
const SOON = ["--bail=1", "--testTimeout=6000"];

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The first test that fails. */
async function firstFailure(root: string, tests: readonly string[]): Promise<string | undefined> {
  const report = join(root, "report.json");
  await runTests(root, [...SOON, ...tests, "--reporter=json", `--outputFile.json=${report}`]);
  const { testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
  return testResults.flatMap((one) => one.assertionResults).find(({ status }) => status === "failed")?.fullName;
}

/** What fails with every protection in its place would be taken for what holds one. */
async function brokenBefore(root: string, chosen: readonly Mutation[]): Promise<readonly string[]> {
  const all = new Map(chosen.map(({ tests }) => [tests.join(" "), tests]));
  const broken: string[] = [];
  for (const [name, tests] of all) {
    const failure = await firstFailure(root, tests);
    if (failure !== undefined) broken.push(`${name}: ${failure}`);
  }
  return broken;
}

/** The first test that fails without the protection; undefined: it is not held by any, or stands elsewhere now. */
async function failingTest(root: string, { file, from, to, tests }: Mutation): Promise<string | undefined> {
  const path = join(root, file);
  const source = await readFile(path, "utf8");
  if (source.split(from).length !== 2) return undefined;
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  try {
    return await firstFailure(root, tests);
  } finally {
    await writeFile(path, source);
  }
}

async function runTests(root: string, words: readonly string[]): Promise<void> {
  const child = spawn(join(ROOT, "node_modules/.bin/vitest"), ["run", ...words], { cwd: root, stdio: "ignore" });
  await once(child, "exit");
}

const words = process.argv.slice(2).join(" ");
await using copy = await copyWorkspace(ROOT);
let unheld = 0;
const chosen = mutations.filter(({ protection }) => protection.includes(words));
const broken = await brokenBefore(copy.root, chosen);
for (const line of broken) process.stdout.write(`failed: with all protections in their place: ${line}\n`);
process.stdout.write("| protection | the test that fails without it |\n|---|---|\n");
for (const mutation of chosen) {
  const test = await failingTest(copy.root, mutation);
  if (test === undefined) unheld += 1;
  process.stdout.write(`| ${mutation.protection} | ${test ?? "**none**"} |\n`);
}
process.stdout.write(
  `${closingLine({ passed: chosen.length - unheld, failed: broken.length + unheld, skipped: 0 })}\n`,
);
process.exitCode = broken.length + unheld > 0 ? 1 : 0;
