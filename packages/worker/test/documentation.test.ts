import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
const bindings = /export interface Bindings \{([\s\S]*?)\n\}/.exec(await read("../src/settings.ts"))?.[1] ?? "";
const variables = [...bindings.matchAll(/readonly (\w+)\?/g)].map(([, name = ""]) => name);

test("there are variables", () => expect(variables.length).toBeGreaterThan(10));

test.each(variables)("%s is explained in docs/edge.md and in wrangler.example.jsonc", async (name) => {
  expect(await read("../../../docs/edge.md")).toMatch(new RegExp(`^\\| \`${name}\` \\| .+ \\| .+ \\|$`, "m"));
  expect(await read("../wrangler.example.jsonc")).toMatch(new RegExp(`// *(?:")?${name}\\b|"${name}":`));
});

test("docs/edge.md explains no variable that is not there", async () => {
  const section = (await read("../../../docs/edge.md")).split("\n## ")[1] ?? "";
  const named = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(named.filter((name) => !variables.includes(name ?? ""))).toEqual([]);
});
