import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** How many checks came to what. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The members used of vitest's JSON report. */
export interface TestReport {
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  /** Absolute path of the test file. */
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly TestResult[];
  /** Why it broke outside its tests. */
  readonly message?: string;
}

interface TestResult {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[] | null;
}

export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(left: Counts, right: Counts): Counts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

/** The counts of all files: one that broke outside its tests (at load, in a hook) counts as a failure too. */
export function countTests(report: TestReport): Counts {
  return report.testResults.map(countFile).reduce(add, NONE);
}

function countFile({ status, assertionResults }: FileReport): Counts {
  const of = (wanted: string) => assertionResults.filter((one) => one.status === wanted).length;
  const [passed, failed] = [of("passed"), of("failed")];
  const broken = status === "failed" && failed === 0 ? 1 : 0;
  return { passed, failed: failed + broken, skipped: assertionResults.length - passed - failed };
}

/** A line for each test that failed, and for each file that broke outside its tests: where, which, and why in short. */
export function failures(report: TestReport, root: string): readonly string[] {
  return report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    const where = relative(root, file.name);
    if (failed.length === 0) return file.status === "failed" ? [`failed: ${where}: ${firstLine(file.message)}`] : [];
    return failed.map((one) => `failed: ${where} > ${one.fullName}: ${firstLine(one.failureMessages?.[0])}`);
  });
}

function firstLine(text = ""): string {
  return text.split("\n", 1)[0] ?? "";
}

/** Parts of the suite of which not one test ran to its end, out of those expected. */
export function idleParts(report: TestReport, expected: readonly string[], root: string): readonly string[] {
  const ran = report.testResults
    .filter((file) => file.assertionResults.some((one) => one.status === "passed" || one.status === "failed"))
    .map((file) => relative(root, file.name).split(sep).slice(0, 2).join("/"));
  return expected.filter((part) => !ran.includes(part));
}

/** The tools, and what runs apart because it takes long. */
const APART = new Set(["test/support", "test/image", "test/crashes"]);

/** Every package, and every folder of `test/` that is not apart: each must hold a test that runs. */
export async function expectedParts(root: string): Promise<readonly string[]> {
  const packages = await foldersOf(root, "packages");
  const tests = await foldersOf(root, "test");
  return [...packages, ...tests.filter((part) => !APART.has(part))];
}

async function foldersOf(root: string, parent: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, parent), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .sort();
}

/** The closing line that a continuous integration reads. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
