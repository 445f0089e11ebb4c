import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureDebianPackages } from "./packages.ts";
import { SECOND_TRIES } from "./second-try.ts";
import {
  add,
  type Counts,
  closingLine,
  countTests,
  expectedParts,
  failures,
  idleParts,
  NONE,
  type TestReport,
} from "./suite-report.ts";
import { XVNC_PACKAGES } from "./xvnc.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What tests start beside Node: installed up front, since no test's time is meant for it. */
const DEBIAN_PACKAGES = ["chromium", "nginx", "haproxy", "fail2ban", "postgresql", ...XVNC_PACKAGES];

/** What one reads, what is counted below, and the table of platforms. */
const REPORTERS = ["default", "json", "./test/platforms/table-reporter.ts", SECOND_TRIES];

/**
 * The whole suite, each step whatever the ones before came to: packages, lint, types, tests, and whether every part of
 * the suite ran. The last line counts them all; the exit code is 1 where anything failed.
 */
async function runAll(): Promise<Counts> {
  await installPackages();
  const lint = await check("lint", "biome", ["check", "."]);
  const types = await check("types", "tsc", ["--build"]);
  return [lint, types, ...(await runTests())].reduce(add, NONE);
}

/** Where packages cannot be installed, the tests that need them fail and name them: the others still run. */
async function installPackages(): Promise<void> {
  try {
    await ensureDebianPackages(DEBIAN_PACKAGES);
  } catch (error) {
    say(`packages: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function check(name: string, program: string, args: readonly string[]): Promise<Counts> {
  const code = await run(program, args);
  return verdict(name, code === 0 ? undefined : `${program} ended with ${code}`);
}

async function runTests(): Promise<readonly Counts[]> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-report-"));
  try {
    const file = join(folder, "report.json");
    const reporters = REPORTERS.map((name) => `--reporter=${name}`);
    const code = await run("vitest", ["run", ...reporters, `--outputFile.json=${file}`]);
    const report = await readReport(file);
    if (report === undefined) return [verdict("tests", `vitest ended with ${code} and no report`)];
    return await judge(report, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function judge(report: TestReport, code: number): Promise<readonly Counts[]> {
  for (const line of failures(report, ROOT)) say(line);
  const counts = countTests(report);
  const unseen = code !== 0 && counts.failed === 0 ? `vitest ended with ${code} though no test failed` : undefined;
  const idle = idleParts(report, await expectedParts(ROOT), ROOT);
  return [
    counts,
    verdict("test run", unseen),
    verdict("parts", idle.length === 0 ? undefined : `no test ran in ${idle.join(", ")}`),
  ];
}

async function readReport(file: string): Promise<TestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as TestReport;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A step that counts as one check; `fault` says why it failed. */
function verdict(name: string, fault: string | undefined): Counts {
  say(fault === undefined ? `${name}: passed` : `failed: ${name}: ${fault}`);
  return fault === undefined ? { ...NONE, passed: 1 } : { ...NONE, failed: 1 };
}

/** Runs a program of the workspace to its end; a signal that ended it counts as code 1. */
async function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(join(ROOT, "node_modules/.bin", program), args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const counts = await runAll();
process.exitCode = counts.failed > 0 ? 1 : 0;
say(closingLine(counts));
