import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Counts, NONE } from "./suite-report.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Audit {
  readonly counts: Counts;
  /** For people: what was found, or why nothing could be asked. */
  readonly said: string;
}

/** What pnpm reports once a registry has answered. */
interface Report {
  readonly advisories: Readonly<Record<string, Advisory>>;
}

interface Advisory {
  readonly module_name: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
}

/** Advisories of these do not fail: they have no way in from outside. */
const BEARABLE = new Set(["info", "low"]);

/** How pnpm says that the registry gave no answer that could be read. Any other failure is one of ours. */
const NO_ANSWER = /\bERR_PNPM_AUDIT_(?:BAD_RESPONSE|ENDPOINT_NOT_EXISTS)\b|\b(?:ENOTFOUND|ECONNREFUSED|ETIMEDOUT)\b/;

/** Asks the registry for advisories about what is shipped. @param registry another one than the configured, in tests */
export async function auditShipped(registry?: string): Promise<Audit> {
  const words = ["-y", "pnpm@12.21.0", "audit", "--prod", "--json"];
  const child = spawn("npx", registry === undefined ? words : [...words, `--registry=${registry}`], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return judge(out, err);
}

/**
 * A report counts, and nothing else does: a registry that keeps no advisories (mirrors often do not) is no answer, and
 * the check is skipped then, and says so.
 */
export function judge(out: string, err: string): Audit {
  const report = parseReport(out);
  if (report === undefined) {
    const skipped = NO_ANSWER.test(`${out}${err}`);
    const why = skipped ? "the registry has no advisories to be asked for" : "the audit itself failed";
    return { counts: { ...NONE, [skipped ? "skipped" : "failed"]: 1 }, said: `${why}:\n${out}${err}` };
  }
  const grave = Object.values(report.advisories).filter(({ severity }) => !BEARABLE.has(severity));
  const lines = grave.map(({ module_name, severity, title, url }) => `${severity}: ${module_name}: ${title} (${url})`);
  const said = lines.length === 0 ? "no advisories about what is shipped" : lines.join("\n");
  return { counts: { ...NONE, [grave.length > 0 ? "failed" : "passed"]: 1 }, said };
}

function parseReport(out: string): Report | undefined {
  try {
    const value = JSON.parse(out) as Partial<Report> | null;
    return typeof value?.advisories === "object" && value.advisories !== null ? (value as Report) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
