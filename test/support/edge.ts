import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { endingWithUs } from "./children.ts";
import { type EdgeSpecification, type EdgeVariables, workerdConfiguration } from "./edge-configuration.ts";
import { bundleWorker, compatibilityDate } from "./worker-bundle.ts";

export interface EdgeOptions {
  /** The Worker's variables and secrets. */
  readonly vars: EdgeVariables;
  /** PEM of the CA that gateways' certificates come from. */
  readonly ca?: string;
  /** Default: any free port. A port that is taken falls back to a free one. */
  readonly port?: number;
  /** Speak https with this certificate. Default: http. */
  readonly tls?: EdgeSpecification["tls"];
  /** What the Worker shows to gateways. */
  readonly gatewayCertificate?: EdgeSpecification["gatewayCertificate"] | undefined;
  /** Where callers come from, as Cloudflare tells it. Default: 127.0.0.1. */
  readonly clientAddress?: string;
  /** A module that is run in the Worker's place. */
  readonly script?: string;
}

/** The Worker as it is deployed, in a workerd of its own with nothing before it. */
export interface Edge extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8787`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** workerd's process. */
  readonly pid: number;
  /** What the Worker logged so far. */
  readonly log: () => string;
}

const fromWrangler = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"));
/** The runtime that wrangler brings. */
const WORKERD = (fromWrangler("workerd") as { readonly default: string }).default;
let bundle: Promise<Buffer> | undefined;

function theWorker(): Promise<Buffer> {
  bundle ??= bundleWorker();
  return bundle;
}

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-edge-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "index.js"), options.script ?? (await theWorker()));
  const configuration = workerdConfiguration({
    ...options,
    ca: options.ca ?? "",
    port: await usablePort(options.port ?? 0),
    compatibilityDate: await compatibilityDate(),
    clientAddress: options.clientAddress ?? "127.0.0.1",
  });
  await writeFile(join(folder, "edge.capnp"), configuration);
  const child = spawn(...endingWithUs(WORKERD, ["serve", "--control-fd=3", join(folder, "edge.capnp")]), {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  undo.defer(() => end(child));
  // Whoever started it may be ended before it can dispose of it.
  const kill = () => child.kill();
  process.once("exit", kill);
  undo.defer(() => void process.off("exit", kill));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (log += chunk));
  const port = await listening(child, () => log);
  const parts = undo.move();
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    log: () => log,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The port, as soon as workerd says that it listens. */
async function listening(child: ChildProcess, log: () => string): Promise<number> {
  const lines = createInterface({ input: child.stdio[3] as Readable });
  const exited = once(child, "exit").then(() => undefined);
  const line = await Promise.race([once(lines, "line").then(([text]) => String(text)), exited]);
  if (line === undefined) throw new Error(`the edge did not start\n${log()}`);
  return (JSON.parse(line) as { port: number }).port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill();
  await exited;
}

/** The port if it is free, else any. */
async function usablePort(wanted: number): Promise<number> {
  if (wanted === 0) return 0;
  const server = createServer().listen(wanted, "127.0.0.1");
  try {
    await once(server, "listening");
    return wanted;
  } catch {
    return 0;
  } finally {
    server.close();
  }
}
