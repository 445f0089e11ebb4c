import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundleWorker } from "../support/worker-bundle.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFile(`${ROOT}${path}`, "utf8");

async function pnpm(...words: string[]): Promise<string> {
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)("npx", ["-y", "pnpm@12.21.0", ...words], options)).stdout;
}

/** What may be given on under Apache-2.0, with its notice and without its source. */
const PERMISSIVE = ["MIT", "Apache-2.0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "BlueOak-1.0.0"];

test("the licences of what is shipped are permissive", async () => {
  const report = JSON.parse(await pnpm("-r", "licenses", "list", "--prod", "--json")) as Record<string, unknown[]>;
  expect(Object.values(report).flat().length).toBeGreaterThan(10);
  const others = Object.keys(report).filter((name) => !name.split(" OR ").some((one) => PERMISSIVE.includes(one)));
  expect(others).toEqual([]);
});

/** `name@version` of everything that the Dockerfile's own command installs. */
async function installedInImage(): Promise<readonly string[]> {
  const command = /npx -y (pnpm@\S+ install [^\\\n]*)/.exec(await read("Dockerfile"))?.[1] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "sallyport-image-"));
  try {
    const manifests = ["packages/shared", "packages/gateway", "packages/worker"].map((one) => `${one}/package.json`);
    for (const path of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ...manifests]) {
      await cp(`${ROOT}${path}`, join(folder, path));
    }
    const words = command
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll('"', ""));
    await promisify(execFile)("npx", ["-y", ...words, "--prefer-offline"], { cwd: folder });
    const names: string[] = [];
    for await (const file of glob("node_modules/.pnpm/*/node_modules/{*,@*/*}/package.json", { cwd: folder })) {
      names.push(nameOf(await readFile(join(folder, file), "utf8")));
    }
    return names;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function nameOf(manifest: string): string {
  const { name, version } = JSON.parse(manifest) as { name: string; version: string };
  return `${name}@${version}`;
}

test("the image's bill of materials names every package that it is made of, each by its version and licence", async () => {
  const installed = new Set(await installedInImage());
  expect(installed.size).toBeGreaterThan(30);
  const words = ["sbom", "--sbom-format", "cyclonedx", "--prod", "--filter", "@sallyport/gateway"];
  const out = await pnpm(...words);
  const { components } = JSON.parse(out.slice(out.indexOf("{"))) as { components: Component[] };
  const named = new Set(components.map(({ purl }) => decodeURIComponent(purl.replace(/^pkg:npm\//, ""))));
  expect([...installed].filter((one) => !named.has(one))).toEqual([]);
  // Peers that are optional, and not installed.
  expect(
    [...named]
      .filter((one) => !installed.has(one))
      .map((one) => one.replace(/@[^@]*$/, ""))
      .toSorted(),
  ).toEqual(["@sallyport/shared", "supports-color"]);
  expect(components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
});

interface Component {
  readonly purl: string;
  readonly licenses?: readonly unknown[];
}

test("the licence report has every package that the image is made of", async () => {
  const report = JSON.parse(await pnpm("-r", "licenses", "list", "--prod", "--json")) as Record<string, Licensed[]>;
  const reported = Object.values(report).flat();
  const named = new Set(reported.flatMap(({ name, versions }) => versions.map((version) => `${name}@${version}`)));
  expect((await installedInImage()).filter((one) => !named.has(one))).toEqual([]);
});

interface Licensed {
  readonly name: string;
  readonly versions: readonly string[];
}

test("the lockfile holds packages of the registry alone, each by its hash", async () => {
  const lockfile = await read("pnpm-lock.yaml");
  const resolutions = [...lockfile.matchAll(/resolution: (\{[^}]*\})/g)].map(([, text = ""]) => text);
  expect(resolutions.length).toBeGreaterThan(50);
  for (const one of resolutions) expect(one).toMatch(/^\{integrity: sha512-[A-Za-z0-9+/]{86}==\}$/);
});

test("packages of this workspace name exact versions", async () => {
  for (const path of [
    "package.json",
    "packages/gateway/package.json",
    "packages/shared/package.json",
    "packages/worker/package.json",
  ]) {
    const parsed = JSON.parse(await read(path)) as Record<string, Record<string, string>>;
    const versions = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
      Object.values(parsed[kind] ?? {}),
    );
    for (const version of versions)
      expect(version).toMatch(/^(?:workspace:\*|npm:[\w@/-]+@\d+\.\d+\.\d+|\d+\.\d+\.\d+)$/);
  }
});

test("build scripts run for packages that are named, and no version is taken that is fresh", async () => {
  const settings = await read("pnpm-workspace.yaml");
  expect(settings).toMatch(/^allowBuilds:\n(?: {2}[\w@/-]+: (?:true|false)\n)+/m);
  expect(Number(/^minimumReleaseAge: (\d+)$/m.exec(settings)?.[1])).toBeGreaterThanOrEqual(1440);
  const scripts = JSON.stringify(JSON.parse(await read("package.json")).scripts) + (await read("Dockerfile"));
  const installs = [...scripts.matchAll(/pnpm@[0-9.]+ install[^"&\\]*/g)].map(([text]) => text);
  expect(installs.length).toBeGreaterThan(2);
  for (const install of installs) expect(install).toContain("--frozen-lockfile");
});

test("the Worker's bundle is the same bytes twice", async () => {
  const [one, two] = [await bundleWorker({ minify: true }), await bundleWorker({ minify: true })];
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  expect(hash(one)).toBe(hash(two));
});
