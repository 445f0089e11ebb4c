import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Log } from "../telemetry/log.ts";
import { readPair } from "./files.ts";
import { CertificateError, type CertificatePair, type CheckedPair, checkPair } from "./pair.ts";

const DAY_MS = 86_400_000;
const LIFE_MS = 397 * DAY_MS;
/** A certificate that ends sooner is made anew. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

export interface SelfSignedOptions {
  /** The folder that keeps it, so that a restart shows the same certificate. */
  readonly dataDir: string;
  readonly log: Log;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

export function needsRenewal({ leaf }: CheckedPair, now: number): boolean {
  return leaf.validToDate.getTime() - now < RENEW_BEFORE_MS;
}

/** The kept certificate, or a new one where there is none, it is broken, or it ends soon. */
export async function selfSignedPair(options: SelfSignedOptions): Promise<CheckedPair> {
  const kept = await readKept(options);
  if (kept && !needsRenewal(kept, options.now())) return kept;
  // Loaded on demand: the library is large and most gateways have a certificate of their own.
  const { makeSelfSigned } = await import("./make-self-signed.ts");
  const validity = { notBefore: new Date(options.now() - DAY_MS), notAfter: new Date(options.now() + LIFE_MS) };
  const pair = await makeSelfSigned({ names: [hostname(), "localhost", "127.0.0.1", "::1"], ...validity });
  await keep(pair, options);
  return checkPair(pair);
}

function paths(dataDir: string) {
  return { certPath: join(dataDir, "self-signed.crt"), keyPath: join(dataDir, "self-signed.key") };
}

async function readKept({ dataDir, log }: SelfSignedOptions): Promise<CheckedPair | undefined> {
  try {
    return await readPair({ ...paths(dataDir), required: false });
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    log.warn({ faults: error.faults, dataDir }, "the kept self-signed certificate is unusable and made anew");
    return undefined;
  }
}

/** A folder that cannot be written to (a read-only root, say) costs the certificate's stability, not the service. */
async function keep(pair: CertificatePair, { dataDir, log }: SelfSignedOptions): Promise<void> {
  const { certPath, keyPath } = paths(dataDir);
  try {
    await mkdir(dataDir, { recursive: true });
    await replaceFile(keyPath, pair.key, 0o600);
    await replaceFile(certPath, pair.cert, 0o644);
  } catch (error) {
    log.warn({ error, dataDir }, "the self-signed certificate cannot be kept: the next start makes another");
  }
}

/**
 * Whole or not at all: a reader never sees half a file. The folder may belong to a lesser user than we are: a name
 * that nobody can guess, made with `wx`, follows no link that was laid there.
 */
async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString("hex")}`;
  await writeFile(temporary, content, { mode, flag: "wx" });
  await rename(temporary, path);
}
