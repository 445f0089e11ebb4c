import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readFile, rename } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SOURCE = fileURLToPath(new URL("./", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/bench/", import.meta.url));
const FLAGS = ["-O2", "-std=c17", "-Wall", "-Wextra"];

/** The load generator's program, compiled from the sources beside this file unless that was done before. */
export async function buildLoad(): Promise<string> {
  const sources = await sourceFiles();
  const program = `${CACHE}load-${await fingerprint(sources)}`;
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  const units = sources.filter((path) => path.endsWith(".c"));
  await promisify(execFile)("gcc", [...FLAGS, "-o", fresh, ...units, "-lssl", "-lcrypto"], { cwd: SOURCE });
  await rename(fresh, program);
  return program;
}

async function sourceFiles(): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob("**/*.[ch]", { cwd: SOURCE })) paths.push(path);
  return paths.sort();
}

async function fingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(FLAGS.join(" "));
  for (const path of paths)
    hash
      .update(path)
      .update("\0")
      .update(await readFile(SOURCE + path));
  return hash.digest("hex").slice(0, 16);
}
