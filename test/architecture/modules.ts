// The architecture as tests: what may import what, and why not; who may touch the process; how large files may grow.
import { glob, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One import, export-from or dynamic import of a module. */
export interface Import {
  readonly specifier: string;
  /** Path from the repository's root, where the specifier is relative or names a package of ours. */
  readonly path: string | undefined;
  /** Names brought in by a static import that is not for types only. */
  readonly values: readonly string[];
}

export interface SourceFile {
  /** Path from the repository's root. */
  readonly path: string;
  readonly text: string;
  /** The text without its comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Every TypeScript file that a pattern (from the repository's root) names, in order of their paths. */
export async function readSources(...patterns: readonly string[]): Promise<readonly SourceFile[]> {
  const paths: string[] = [];
  for await (const path of glob(patterns, { cwd: ROOT, exclude: (name) => name === "node_modules" })) paths.push(path);
  return Promise.all(paths.sort().map(readSource));
}

/** A file of the repository as text. */
export function readText(path: string): Promise<string> {
  return readFile(join(ROOT, path), "utf8");
}

async function readSource(path: string): Promise<SourceFile> {
  const text = await readText(path);
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
  return { path, text, code, imports: importsOf(path, code) };
}

/** The formatter puts each statement at the start of a line, so that no text within one can be taken for it. */
const STATIC = /^(?:import|export)\s+(?:([^"';=]*?)\s*from\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"/g;

function importsOf(path: string, code: string): readonly Import[] {
  const found = [...code.matchAll(STATIC)].map(([, clause = "", specifier = ""]) => ({
    specifier,
    values: valuesOf(clause),
  }));
  const dynamic = [...code.matchAll(DYNAMIC)].map(([, specifier = ""]) => ({ specifier, values: [] }));
  return [...found, ...dynamic].map((one) => ({ ...one, path: resolve(path, one.specifier) }));
}

function valuesOf(clause: string): readonly string[] {
  if (/^type\s/.test(clause)) return [];
  const names = clause.replace(/[{}]/g, " ").split(",");
  return names
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "))
    .map((name) => name.split(" as ")[0] ?? name);
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return normalize(join(dirname(from), specifier));
  const ours = /^@sallyport\/([a-z]+)$/.exec(specifier)?.[1];
  return ours === undefined ? undefined : `packages/${ours}/src/index.ts`;
}

/** What remains of a list of faults is what a test prints: none may be left. */
export function faultsIn(
  files: readonly SourceFile[],
  find: (file: SourceFile, one: Import) => string | undefined,
): readonly string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((one) => {
      const because = find(file, one);
      return because === undefined ? [] : [`${file.path} imports ${one.specifier}: ${because}`];
    }),
  );
}
