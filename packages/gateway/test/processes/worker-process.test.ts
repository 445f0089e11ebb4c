import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";

const SOURCE = new URL("../../src/", import.meta.url).href;

/** A parent whose worker is dead before the parent has heard of it. */
const PARENT = `
  import { readFileSync } from "node:fs";
  import process from "node:process";
  import { bindSocket } from "${SOURCE}processes/bound-socket.ts";
  import { WorkerProcess } from "${SOURCE}processes/worker-process.ts";
  const socket = await bindSocket({ host: "127.0.0.1", port: 0 });
  const worker = new WorkerProcess({ socket: socket.fd(), environment: process.env, onCounted() {} });
  worker.ready.catch(() => {});
  const children = readFileSync(\`/proc/self/task/\${process.pid}/children\`, "utf8").trim();
  worker.kill();
  while (!/ Z /.test(readFileSync(\`/proc/\${children}/stat\`, "utf8")));
  const snapshots = [worker.snapshot(), worker.snapshot(), worker.snapshot()];
  const { signal } = await worker.ended;
  console.log(signal, await Promise.all(snapshots));
  process.exit(0);`;

test("several messages to a worker that died just now end nobody: its end is the answer to each", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-worker-"));
  try {
    const script = join(folder, "parent.mts");
    await writeFile(script, PARENT);
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe("SIGKILL [ undefined, undefined, undefined ]\n");
    expect(status).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
