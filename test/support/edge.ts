import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

export interface EdgeOptions {
  /** The Worker's variables and secrets. */
  readonly vars: Readonly<Record<string, string>>;
  /** PEM of the CA that gateways' certificates come from. */
  readonly ca?: string;
  /** Default: any free port. A port that is taken falls back to a free one. */
  readonly port?: number;
}

/** The Worker in a local workerd. */
export interface Edge extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8787`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** What the Worker logged so far. */
  readonly log: () => string;
}

/** What the child is told, and what it answers. */
export interface EdgeStart {
  readonly vars: Readonly<Record<string, string>>;
  readonly port: number;
  readonly persist: string;
}
export type EdgeAnswer = { readonly url: string } | { readonly error: string };

/** Starts the Worker in workerd, in a process of its own: the CA must be in its environment before wrangler is loaded. */
export async function startEdge({ vars, ca, port = 0 }: EdgeOptions): Promise<Edge> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-edge-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const child = fork(new URL("./edge-process.ts", import.meta.url), {
    env: { ...process.env, ...(await caEnvironment(ca, folder)), ...QUIET },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  undo.defer(() => end(child));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (log += chunk));
  child.send({ vars, port, persist: folder } satisfies EdgeStart);
  const answer = await firstAnswer(child, () => log);
  const url = new URL(answer.url);
  const parts = undo.move();
  return {
    url: url.origin,
    port: Number(url.port),
    log: () => log,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const QUIET = { CI: "true", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", NO_COLOR: "1" };

/** A machine may have CAs of its own in the variable: they stay. */
async function caEnvironment(ca: string | undefined, folder: string): Promise<Record<string, string>> {
  if (ca === undefined) return {};
  const own = process.env.NODE_EXTRA_CA_CERTS;
  const path = join(folder, "ca.pem");
  await writeFile(path, own === undefined ? ca : `${await readFile(own, "utf8")}\n${ca}`);
  return { NODE_EXTRA_CA_CERTS: path };
}

async function firstAnswer(child: ChildProcess, log: () => string): Promise<{ url: string }> {
  const exited = once(child, "exit").then(() => ({ error: "it exited" }));
  const answered = once(child, "message").then(([message]) => message as EdgeAnswer);
  const answer: EdgeAnswer = await Promise.race([answered, exited]);
  if ("error" in answer) throw new Error(`the edge did not start: ${answer.error}\n${log()}`);
  return answer;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  if (child.connected) child.disconnect();
  await exited;
}
