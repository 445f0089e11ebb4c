import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Debian packages that the tests know, each with a program by which its presence is seen. */
const PROGRAMS: Readonly<Record<string, string>> = {
  chromium: "chromium",
  "tigervnc-standalone-server": "Xvnc",
  "redis-server": "redis-server",
  "wireguard-tools": "wg",
  postgresql: "psql",
  fail2ban: "fail2ban-regex",
};

/**
 * Makes sure that Debian packages are there, installing those missing where that is possible (root, with apt-get).
 *
 * @param names package names; the program looked for is the one that the package is known for, else its own name
 * @throws Error naming the missing packages and the command that installs them, where they cannot be installed here
 */
export async function ensureDebianPackages(names: readonly string[]): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || (await findProgram("apt-get")) === undefined) {
    throw new Error(`missing programs: run "apt-get install --no-install-recommends ${missing.join(" ")}" as root`);
  }
  await apt("update");
  await apt("install", "-y", "--no-install-recommends", ...missing);
}

/** The absolute path of a program on PATH, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function missingPackages(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => findProgram(PROGRAMS[name] ?? name)));
  return names.filter((_, index) => found[index] === undefined);
}

async function apt(...words: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await run("apt-get", ["-qq", "-o", "Dpkg::Use-Pty=0", ...words], { env });
  } catch (cause) {
    throw new Error(`apt-get ${words.join(" ")} failed`, { cause });
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) await ensureDebianPackages(process.argv.slice(2));
