import { readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import type { CertificateFiles } from "../config/configuration.ts";
import { CertificateError, type CheckedPair, checkPair } from "./pair.ts";

/**
 * Reads and checks the pair. Undefined where neither file is there and nobody said that they must be.
 * @throws CertificateError with every fault that can be seen
 */
export async function readPair({ certPath, keyPath, required }: CertificateFiles): Promise<CheckedPair | undefined> {
  const read = await Promise.all([readText(certPath), readText(keyPath)]);
  const [cert, key] = read;
  if (read.every(({ code }) => code === "ENOENT") && !required) return undefined;
  const faults = read.flatMap(({ fault }) => fault ?? []);
  if (cert.text === undefined || key.text === undefined) throw new CertificateError(faults);
  return checkPair({ cert: cert.text, key: key.text });
}

export function fingerprint({ certPath, keyPath }: CertificateFiles): Promise<string> {
  return stateOf([certPath, keyPath]);
}

/** Changes whenever one of the files does, also when a symbolic link on the way is turned elsewhere. */
export async function stateOf(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(fileState))).join(" ");
}

async function fileState(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    return errorCode(error);
  }
}

interface ReadText {
  readonly text?: string;
  readonly code?: string;
  readonly fault?: string;
}

async function readText(path: string): Promise<ReadText> {
  try {
    return { text: await readFile(path, "utf8") };
  } catch (error) {
    const code = errorCode(error);
    return { code, fault: readFault(path, code) };
  }
}

/** What to do about a file that could not be read, because of this error of the system's. */
export function readFault(path: string, code: string): string {
  return `${path} ${remedy(code)}`;
}

function remedy(code: string): string {
  if (code === "ENOENT") return "does not exist";
  if (code === "EISDIR") return "is a folder: was it mounted before the file existed?";
  if (code !== "EACCES" && code !== "EPERM") return `cannot be read (${code})`;
  return `may not be read by ${whoAmI()}: make it readable for that user (chown or chmod). Only what CERT_PATH and KEY_PATH name may stay root's: started as root, the gateway reads that and serves as another user`;
}

/** `node (uid 1000)`, or the number alone where it has no name. */
function whoAmI(): string {
  const uid = process.getuid?.();
  try {
    return `user ${userInfo().username} (uid ${uid})`;
  } catch {
    return `uid ${uid}`; // Without an entry in the password file, as with `docker run --user 1234`.
  }
}

export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}
