import { spawnSync } from "node:child_process";
import process from "node:process";
import { type Counts, closingLine, NONE } from "./suite-report.ts";

/**
 * Asks the registry for advisories about what is shipped, and closes with a count. A registry that keeps none (mirrors
 * often do not) is no answer: the check is skipped then, and says so.
 */
function audit(): Counts {
  const words = ["-y", "pnpm@12.21.0", "audit", "--prod", "--audit-level", "moderate"];
  const { status, stdout, stderr } = spawnSync("npx", words, { encoding: "utf8" });
  const said = `${stdout}${stderr}`;
  process.stdout.write(said);
  if (status === 0) return { ...NONE, passed: 1 };
  return /audit endpoint|ERR_PNPM_AUDIT_|ENOTFOUND|ECONNREFUSED/.test(said)
    ? { ...NONE, skipped: 1 }
    : { ...NONE, failed: 1 };
}

const counts = audit();
process.exitCode = counts.failed > 0 ? 1 : 0;
process.stdout.write(`${closingLine(counts)}\n`);
