import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { unstable_startWorker as startWorker } from "wrangler";
import type { EdgeAnswer, EdgeStart } from "./edge.ts";

/** Runs the Worker until the parent disconnects. */
async function main(): Promise<void> {
  const [start] = (await once(process, "message")) as [EdgeStart];
  const gone = once(process, "disconnect");
  // Ctrl-C reaches the whole group of processes: the parent decides when this one ends.
  process.on("SIGINT", () => {});
  const worker = await startWorker({
    name: "sallyport-edge",
    entrypoint: fileURLToPath(new URL("../../packages/worker/src/index.ts", import.meta.url)),
    compatibilityDate: "2026-11-01",
    bindings: Object.fromEntries(
      Object.entries(start.vars).map(([name, value]) => [name, { type: "plain_text", value }]),
    ),
    dev: {
      server: { hostname: "127.0.0.1", port: await usablePort(start.port) },
      inspector: false,
      watch: false,
      persist: false,
      logLevel: "log",
    },
  });
  answer({ url: String(await worker.url) });
  await gone;
  await worker.dispose();
}

function answer(message: EdgeAnswer): void {
  process.send?.(message);
}

/** The port if it is free, else any. */
async function usablePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, "127.0.0.1");
  try {
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  } catch {
    return usablePort(0);
  } finally {
    server.close();
  }
}

try {
  await main();
} catch (error) {
  answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
process.exit();
