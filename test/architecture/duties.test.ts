import { expect, test } from "vitest";
import { faultsIn, readSources } from "./modules.ts";

const gateway = await readSources("packages/gateway/src/**/*.ts");
const ROOT = "packages/gateway/src/";

/** The composition root, what starts it, and what starts several of it. */
const BUILDERS = /^packages\/gateway\/src\/(?:(?:main|compose|compose-\w+|tcp-\w+|index)\.ts|(?:cli|processes)\/)/;
/** The composition root, and the parts of it that have a file of their own. */
const COMPOSITION = /\/src\/(?:compose|compose-\w+|tcp-proxy)\.ts$/;

test("main.ts alone reads the environment and the command line", () => {
  const reads =
    /\bprocess\s*(?:\?\.|\.)\s*(?:env|argv|execArgv)\b|\bprocess\[|import\s*\{[^}]*\b(?:env|argv)\b[^}]*\}\s*from\s*"node:process"/;
  const readers = gateway.filter((file) => reads.test(file.code)).map((file) => file.path);
  expect(readers.filter((path) => path !== `${ROOT}main.ts`)).toEqual([]);
});

test("compose.ts alone constructs what outlives a connection", () => {
  const roots = gateway.filter((file) => COMPOSITION.test(file.path));
  const composed = roots.map(({ code }) => code).join("\n");
  const faults = faultsIn(gateway, (file, one) => {
    const foreign = one.path?.startsWith(ROOT) && folderOf(one.path) !== folderOf(file.path);
    if (!foreign || BUILDERS.test(file.path)) return undefined;
    const built = one.values
      .filter((name) => isBuilder(name) || builds(composed, name))
      .filter((name) => builds(file.code, name));
    return built.length === 0
      ? undefined
      : `${built.join(", ")}: parts are handed in, so that one place shows how all hang together`;
  });
  expect(faults).toEqual([]);
});

function folderOf(path: string): string {
  return path.slice(ROOT.length).split("/")[0] ?? "";
}

function isBuilder(name: string): boolean {
  return /^(?:create|start)[A-Z]/.test(name);
}

/** Whether code calls a builder or instantiates a class of this name. */
function builds(code: string, name: string): boolean {
  return new RegExp(isBuilder(name) ? `\\b${name}\\(` : `\\bnew ${name}\\b`).test(code);
}

test("nothing but main.ts and the command line ends the process", () => {
  const enders = gateway.filter((file) => /\bprocess\.(?:exit|abort|kill)\(/.test(file.code)).map((file) => file.path);
  expect(enders.filter((path) => !/\/src\/(?:main\.ts|cli\/|processes\/)/.test(path))).toEqual([]);
});

test("the Worker takes no message of a WebSocket: it hands on the gateway's as it got it", async () => {
  const worker = await readSources("packages/worker/src/**/*.ts");
  const takes = /\bWebSocketPair\b|\.accept\s*\(|\baddEventListener\s*\(|\bonmessage\b/;
  expect(worker.filter(({ code }) => takes.test(code)).map(({ path }) => path)).toEqual([]);
  expect(worker.length).toBeGreaterThan(10);
});
