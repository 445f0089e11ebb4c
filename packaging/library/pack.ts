// The gateway as a package that other programs install: Node runs no TypeScript below node_modules, and nobody else has
// our workspace. `node packaging/library/pack.ts [folder]`
import { execFile } from "node:child_process";
import { copyFile, cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** JavaScript and declarations, without what the build of the workspace keeps between two runs. */
const EMIT = ["--emitDeclarationOnly", "false", "--composite", "false", "--incremental", "false", "--declaration"];
/** A file that is started or loaded by its place, which no compiler knows for an import. */
const BY_PLACE = /(new URL\("\.\/[\w-]+)\.ts(?=", import\.meta\.url\))/g;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
}

async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, "packages", name, "package.json"), "utf8")) as Manifest;
}

async function compile(name: string, folder: string): Promise<void> {
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  await run(tsc, [
    "-p",
    join(ROOT, "packages", name),
    "--outDir",
    join(folder, "dist"),
    "--tsBuildInfoFile",
    "null",
    ...EMIT,
  ]);
  for await (const file of glob("dist/**/*.js", { cwd: folder })) {
    const path = join(folder, file);
    const code = await readFile(path, "utf8");
    if (code.search(BY_PLACE) >= 0) await writeFile(path, code.replace(BY_PLACE, "$1.js"));
  }
  const sources = join(ROOT, "packages", name, "src");
  for await (const file of glob("**/*.cnf", { cwd: sources })) {
    await copyFile(join(sources, file), join(folder, "dist", file));
  }
}

async function describe(folder: string, manifest: object): Promise<void> {
  const exports = { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } };
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...manifest, type: "module", exports }, undefined, 2));
}

/** What edge and origin share goes along: it has no life of its own outside of this repository. */
async function bundleShared(folder: string): Promise<void> {
  const { name, version, license } = await manifestOf("shared");
  const shared = join(folder, "node_modules", name);
  await mkdir(shared, { recursive: true });
  await compile("shared", shared);
  await describe(shared, { name, version, license });
}

/** Writes the package (a tarball) into a folder and returns its path. */
export async function packLibrary(into: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-library-"));
  try {
    await run(join(ROOT, "node_modules/.bin/tsc"), ["--build", join(ROOT, "packages/gateway")]);
    const { name, version, license, engines, dependencies } = await manifestOf("gateway");
    const { "@sallyport/shared": _, ...others } = dependencies;
    await compile("gateway", folder);
    await bundleShared(folder);
    const bin = { sallyport: "./dist/main.js" };
    const rest = { files: ["dist"], bundleDependencies: ["@sallyport/shared"], bin };
    await describe(folder, {
      name,
      version,
      license,
      engines,
      dependencies: { ...others, "@sallyport/shared": version },
      ...rest,
    });
    await copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
    await cp(join(ROOT, "docs/tcp-entrypoint.md"), join(folder, "README.md"));
    await mkdir(into, { recursive: true });
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", resolve(into)], { cwd: folder });
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    return join(resolve(into), packed?.filename ?? "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await packLibrary(process.argv[2] ?? join(ROOT, "dist"))}\n`);
}
