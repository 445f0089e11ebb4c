import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../../support/certificates.ts";
import { endingWithUs } from "../../support/children.ts";
import { ensureDebianPackages } from "../../support/packages.ts";
import { formatAuthority } from "../core/authority.ts";
import { type Guarded, type NaiveProxy, PROXY_ADDRESS } from "./front.ts";

/** A Debian package's proxy and how to run it. */
export interface DaemonPlan {
  /** The package, and the program in it. */
  readonly program: string;
  /** Its command line, given the folder in which its files lie. */
  readonly words: (folder: string) => readonly string[];
  /** What it prints once it listens. */
  readonly ready: string;
  /** The configuration, in the file `proxy.conf`; certificate, key and both in one lie beside it as PEM. */
  readonly configuration: (folder: string) => string;
}

/** Runs it in the foreground before the controller; ends it, and removes its files, when disposed of. */
export async function startDaemon(controller: Guarded, plan: DaemonPlan): Promise<NaiveProxy> {
  await ensureDebianPackages([plan.program]);
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `sallyport-${plan.program}-`));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const { cert, key, ca } = await makeCertificate({ names: [PROXY_ADDRESS] });
  const files = {
    "cert.pem": cert,
    "key.pem": key,
    "both.pem": `${cert}\n${key}`,
    "proxy.conf": plan.configuration(folder),
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text, { mode: 0o600 })));
  undo.defer(await run(plan, folder));
  const parts = undo.move();
  return {
    url: `https://${formatAuthority(PROXY_ADDRESS, controller.port)}`,
    ca,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** @returns what ends it; rejects with what it printed where it ends before it listens */
async function run({ program, words, ready }: DaemonPlan, folder: string): Promise<() => Promise<void>> {
  const child = spawn(...endingWithUs(program, words(folder), "TERM"), { stdio: ["ignore", "ignore", "pipe"] });
  const exit = once(child, "exit");
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk;
    if (printed.includes(ready)) child.emit("ready");
  });
  const result = await Promise.race([once(child, "ready").then(() => "ready"), exit]);
  if (result !== "ready") throw new Error(`${program} ended: ${printed}`);
  return async () => {
    child.kill("SIGTERM");
    await exit;
  };
}
