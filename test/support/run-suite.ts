import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { SECOND_TRIES } from "./second-try.ts";
import { type Counts, closingLine, countTests, failures, type TestReport } from "./suite-report.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs one suite that stands apart (`node run-suite.ts image`) and closes with its counts, as the whole run does. */
async function runSuite(name: string): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-report-"));
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--reporter=${join(ROOT, SECOND_TRIES)}`];
    const words = ["run", "--config", `test/${name}/vitest.config.ts`, ...reporters];
    const child = spawn(join(ROOT, "node_modules/.bin/vitest"), [...words, `--outputFile.json=${file}`], {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code] = await once(child, "exit");
    const report: TestReport = JSON.parse(await readFile(file, "utf8"));
    for (const line of failures(report, ROOT)) process.stdout.write(`${line}\n`);
    const counts = countTests(report);
    const silent = counts.passed + counts.failed === 0 || (code !== 0 && counts.failed === 0);
    return silent ? { ...counts, failed: counts.failed + 1 } : counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error("name a suite, such as image");
const counts = await runSuite(name);
process.exitCode = counts.failed > 0 ? 1 : 0;
process.stdout.write(`${closingLine(counts)}\n`);
