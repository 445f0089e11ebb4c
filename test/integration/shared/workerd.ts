import { readFile } from "node:fs/promises";
import process from "node:process";

/** A Worker in a workerd of its own, without a network beyond this machine. */
export interface Workerd extends AsyncDisposable {
  /** Sends it a request for a path. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** The edge's own settings: its compatibility date says how workerd behaves in production. */
const EDGE = new URL("../../../packages/worker/wrangler.example.jsonc", import.meta.url);

/**
 * Bundles a Worker and starts it.
 *
 * @param entrypoint absolute path of the Worker's module
 */
export async function startWorkerd(entrypoint: string): Promise<Workerd> {
  Object.assign(process.env, {
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_LOG: "error",
  });
  // wrangler reads its environment while it is loaded.
  const { unstable_startWorker: startWorker } = await import("wrangler");
  const worker = await startWorker({
    name: "shared",
    entrypoint,
    compatibilityDate: await compatibilityDate(),
    dev: {
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      persist: false,
      watch: false,
      logLevel: "error",
    },
  });
  const url = await worker.url;
  return {
    fetch: (path, init) => fetch(new URL(path, url), init),
    [Symbol.asyncDispose]: () => worker.dispose(),
  };
}

async function compatibilityDate(): Promise<string> {
  const date = /"compatibility_date": "(\d{4}-\d{2}-\d{2})"/.exec(await readFile(EDGE, "utf8"))?.[1];
  if (date === undefined) throw new Error("the edge's settings name no compatibility date");
  return date;
}
