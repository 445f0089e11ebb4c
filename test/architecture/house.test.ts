import { dirname } from "node:path";
import { expect, test } from "vitest";
import { readSources, readText, type SourceFile } from "./modules.ts";

const MAX_LINES = 500;

const sources = await readSources("packages/*/src/**/*.ts");
const tests = await readSources("packages/*/test/**/*.ts", "test/**/*.ts");
const lines = (file: SourceFile) => file.text.split("\n").length - 1;

test("no source file has more than 500 lines: it is about more than one thing", () => {
  const long = sources.filter((file) => lines(file) > MAX_LINES).map((file) => `${file.path}: ${lines(file)} lines`);
  expect(long).toEqual([]);
});

test("half of all source files have 150 lines or fewer", () => {
  const sorted = sources.map(lines).sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(150);
});

const folders = [...Map.groupBy(sources, (file) => dirname(file.path))];
/** The comment of whole lines at a file's very start, if there is one. */
const opening = (file: SourceFile) => /^(?:\/\/ .*\n)+/.exec(file.text)?.[0].trimEnd().split("\n") ?? [];

test("in each folder one file begins by saying what the folder owns", () => {
  const silent = folders.filter(([, files]) => files.every((file) => opening(file).length === 0));
  expect(silent.map(([folder]) => folder)).toEqual([]);
  const twice = folders.filter(([, files]) => files.filter((file) => opening(file).length > 0).length > 1);
  expect(twice.map(([folder]) => folder)).toEqual([]);
});

test("what a folder owns is said in at most five lines", () => {
  expect(sources.filter((file) => opening(file).length > 5).map((file) => file.path)).toEqual([]);
});

test("no test is run alone or left out for good", () => {
  const marked = /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:only|todo|skip)\b(?!If)|\bf(?:it|describe)\(/;
  const files = tests.filter((file) => marked.test(file.code)).map((file) => file.path);
  expect(files).toEqual([]);
});

test("no test waits for time to pass", () => {
  const sleeping = /\bsetTimeout\((?:resolve|done|r|ok)\b|from "node:timers\/promises"/;
  expect(tests.filter((file) => sleeping.test(file.code)).map((file) => file.path)).toEqual([]);
});

test("no fault is swallowed in silence", () => {
  const silent = /\.catch\(\(\w*\) => (?:\{\s*\}|undefined|null|void 0)\)|catch(?: \(\w+\))? \{\s*\}/;
  expect(sources.filter((file) => silent.test(file.code)).map((file) => file.path)).toEqual([]);
});

test.for(["shared", "worker"])("ARCHITECTURE.md names every file of %s, and none that is not there", async (name) => {
  const root = `packages/${name}/src/`;
  const text = await readText("ARCHITECTURE.md");
  const section = new RegExp(`^### packages/${name}\\b[\\s\\S]*?(?=^##)`, "m").exec(text)?.[0] ?? "";
  const named = [...section.matchAll(/`([\w/-]+\.ts)`/g)].map(([, path]) => path ?? "");
  const present = sources.filter((file) => file.path.startsWith(root)).map((file) => file.path.slice(root.length));
  // An index of exports says nothing of its own.
  expect(new Set(named)).toEqual(new Set(name === "shared" ? present.filter((path) => path !== "index.ts") : present));
});
