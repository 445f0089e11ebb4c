import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const wrangler = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));
const worker = fileURLToPath(new URL("../../packages/worker/", import.meta.url));

/** The Worker's settings as the example has them, the compatibility date among them. */
export const EXAMPLE = join(worker, "wrangler.example.jsonc");

/** The one file that `wrangler deploy` would send to Cloudflare. Needs neither a log-in nor a network. */
export async function bundleWorker({ minify = false } = {}): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bundle-"));
  try {
    const words = ["deploy", "--dry-run", ...(minify ? ["--minify"] : []), "--outdir", folder, "--config", EXAMPLE];
    const quiet = { CI: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
    await run(process.execPath, [wrangler, ...words], { cwd: worker, env: { ...process.env, ...quiet } });
    return await readFile(join(folder, "index.js"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Since when workerd behaves as it does for us. */
export async function compatibilityDate(): Promise<string> {
  const date = /"compatibility_date": "(\d{4}-\d{2}-\d{2})"/.exec(await readFile(EXAMPLE, "utf8"))?.[1];
  if (date === undefined) throw new Error("the edge's settings name no compatibility date");
  return date;
}
