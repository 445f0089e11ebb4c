import { expect, test } from "vitest";
import { layers } from "./layers.ts";
import { faultsIn, readSources, readText, type SourceFile } from "./modules.ts";

const sources = await readSources("packages/*/src/**/*.ts");
const within = (folder: string) => sources.filter((file) => file.path.startsWith(`${folder}/`));
const gateway = within("packages/gateway/src");
const GATEWAY = /^packages\/gateway\/src\/([^/]+)\/(?:([^/]+)\/)?/;
const ABOVE = new Set(["cli"]);

function folderOf(path: string | undefined): string | undefined {
  return GATEWAY.exec(path ?? "")?.[1];
}

test("sources and their imports are found", () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.flatMap((file) => file.imports).length).toBeGreaterThan(100);
  const missing = sources
    .flatMap((file) => file.imports)
    .filter((one) => one.path && !sources.some((file) => file.path === one.path));
  expect(missing.map((one) => one.path)).toEqual([]);
});

test("every folder of the gateway has a place, here and in ARCHITECTURE.md", async () => {
  const text = await readText("ARCHITECTURE.md");
  const folders = new Set(gateway.flatMap((file) => folderOf(file.path) ?? []));
  const unknown = [...folders].filter((name) => !ABOVE.has(name) && !Object.hasOwn(layers, name));
  const unwritten = [...folders].filter((name) => !text.includes(`\`${name}/`));
  expect({ unknown, unwritten }).toEqual({ unknown: [], unwritten: [] });
});

test("a folder of the gateway imports what lies below it only", () => {
  const faults = faultsIn(gateway, (file, one) => {
    const [from, to] = [folderOf(file.path), folderOf(one.path)];
    if (from === undefined || to === undefined || from === to || ABOVE.has(from)) return undefined;
    const layer = layers[from];
    return layer === undefined || layer.may.includes(to) ? undefined : layer.because;
  });
  expect(faults).toEqual([]);
});

test("an entrypoint never imports another, and nothing but compose.ts imports one", () => {
  const entrypointOf = (path = "") => (folderOf(path) === "entrypoints" ? GATEWAY.exec(path)?.[2] : undefined);
  const faults = faultsIn(gateway, (file, one) => {
    const target = entrypointOf(one.path);
    if (target === undefined || /\/src\/compose(?:-tcp|-gateway)?\.ts$/.test(file.path)) return undefined;
    if (entrypointOf(file.path) === target) return undefined;
    return "what two entrypoints share belongs below both, and the rest of the gateway must run without any of them";
  });
  expect(faults).toEqual([]);
});

test("nothing but the command line and the processes it starts imports compose.ts, and nothing imports main.ts", () => {
  const faults = faultsIn(gateway, (file, one) => {
    if (one.path?.endsWith("gateway/src/main.ts")) return "the command line is where the program starts, no part of it";
    const above =
      file.path.endsWith("src/main.ts") ||
      /src\/(?:index|tcp-proxy)\.ts$/.test(file.path) ||
      /\/(?:cli|processes)\//.test(file.path);
    return one.path?.endsWith("gateway/src/compose.ts") && !above
      ? "a part that builds the whole cannot be built by it"
      : undefined;
  });
  expect(faults).toEqual([]);
});

test("shared runs in workerd and in Node", () => {
  const faults = faultsIn(within("packages/shared/src"), (_file, one) => {
    if (/^(?:node|cloudflare|bun|deno):/.test(one.specifier)) return "one of the two runtimes has no such module";
    if (one.path !== undefined && !one.path.startsWith("packages/shared/")) return "a leaf must not import its root";
    return one.path === undefined && one.specifier !== "jose"
      ? "a dependency of shared is one of edge and origin both"
      : undefined;
  });
  expect(faults).toEqual([]);
});

test("edge and origin know nothing of each other but what is shared", () => {
  const faults = faultsIn([...within("packages/worker/src"), ...gateway], (file, one) => {
    const own = file.path.split("/", 2).join("/");
    const foreign =
      one.path !== undefined && !one.path.startsWith(`${own}/`) && !one.path.startsWith("packages/shared/");
    return foreign ? "neither gate may lean on the other: what both must agree on lies in packages/shared" : undefined;
  });
  expect(faults).toEqual([]);
});

test("a package is imported by its name, never by a path into it", () => {
  const faults = faultsIn(sources, (file, one) => {
    const crosses = one.specifier.startsWith(".") && one.path?.split("/")[1] !== file.path.split("/")[1];
    return crosses ? "a package's index says what it offers" : undefined;
  });
  expect(faults).toEqual([]);
});

test("the Worker needs no module of Node's", () => {
  const faults = faultsIn(within("packages/worker/src"), (_file, one) =>
    one.specifier.startsWith("node:") ? "workerd has Node's modules behind a compatibility flag only" : undefined,
  );
  expect(faults).toEqual([]);
});

test("no file imports itself by any way round", () => {
  expect(cyclesIn(sources)).toEqual([]);
});

/** Each cycle as the files in it, found by walking imports in depth; types count: a leaf must not know its root. */
function cyclesIn(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path) || way.includes(path)) return;
    for (const one of byPath.get(path)?.imports ?? []) if (one.path !== undefined) walk(one.path, [...way, path]);
    done.add(path);
  };
  for (const file of files) walk(file.path, []);
  return cycles;
}
