import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const worker = fileURLToPath(new URL("../../../packages/worker/", import.meta.url));
const wrangler = fileURLToPath(new URL("../../../node_modules/wrangler/bin/wrangler.js", import.meta.url));

test("the Worker deploys as the example says, and is under 100 KiB", { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bundle-"));
  const configuration = join(worker, "wrangler.bundle-test.jsonc");
  try {
    await copyFile(join(worker, "wrangler.example.jsonc"), configuration);
    const env = { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
    const words = ["deploy", "--dry-run", "--minify", "--outdir", folder, "--config", configuration];
    await run(process.execPath, [wrangler, ...words], { cwd: worker, env });
    const bundle = await readFile(join(folder, "index.js"));
    expect(bundle.length).toBeGreaterThan(10_000);
    expect(bundle.length).toBeLessThan(100 * 1024);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(configuration, { force: true });
  }
});
