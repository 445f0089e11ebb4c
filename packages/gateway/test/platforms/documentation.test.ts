import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALIASES } from "../../src/config/platform-names.ts";
import { families } from "../../src/platforms/families.ts";
import { generic } from "../../src/platforms/generic.ts";

const DOCS = join(import.meta.dirname, "../../../../docs");
const table = await readFile(join(DOCS, "platforms.md"), "utf8");

/** The cells of the table's row for this name. */
function rowOf(name: string): readonly string[] {
  const line = table.split("\n").find((text) => text.includes(`| \`${name}\` |`)) ?? "";
  return line
    .split("|")
    .map((cell) => cell.trim())
    .slice(1, -1);
}

test.each([...families, generic])("docs/platforms.md has $name as it is", (platform) => {
  const { name, secondPorts, connections, login, legacyTls } = platform;
  const [, , ports, bears, , givenBack, legacy] = rowOf(name);
  expect({ ports, bears, givenBack, legacy }).toEqual({
    ports: secondPorts.length === 0 ? "–" : secondPorts.join(", "),
    bears: Number.isFinite(connections) ? String(connections) : "as set",
    givenBack: login ? "yes" : "no",
    legacy: legacyTls ? "yes" : "no",
  });
});

test.each(families)(
  "$name has a page, which says how many connections it gets and what else it is called",
  async ({ name, connections }) => {
    const page = await readFile(join(DOCS, "platforms", `${name}.md`), "utf8");
    expect(page).toContain(`| ${connections} HTTP connections at once`);
    expect(rowOf(name)[0]).toContain(`(platforms/${name}.md)`);
    const others = Object.entries(ALIASES).filter(([, family]) => family === name);
    for (const [alias] of others) expect(page).toContain(`\`${alias}\``);
  },
);

test.each(families)("$name: what it has and what a crash leaves stand in the second table", ({ name, legacyTls }) => {
  const line = table.split("\n").find((text) => text.startsWith(`| \`${name}\` |`)) ?? "";
  const [, tls = "", ...rest] = line
    .split("|")
    .map((cell) => cell.trim())
    .slice(1, -1);
  expect(tls.includes("1.0")).toBe(legacyTls);
  expect(rest).toHaveLength(4);
  expect(rest).not.toContain("");
});

test("each page says what works, what is known and what a crash leaves, and is some family's", async () => {
  const pages = await readdir(join(DOCS, "platforms"));
  expect(pages.toSorted()).toEqual(families.map(({ name }) => `${name}.md`).toSorted());
  for (const page of pages) {
    const text = await readFile(join(DOCS, "platforms", page), "utf8");
    for (const heading of ["What works", "What is known, and how well", "If the gateway dies"]) {
      expect(text, page).toContain(`\n## ${heading}\n`);
    }
  }
});

test.each(families)("$name: its page names its second ports", async ({ name, secondPorts }) => {
  const page = await readFile(join(DOCS, "platforms", `${name}.md`), "utf8");
  const said = /^\| Second port \| (.*)$/m.exec(page)?.[1] ?? "None";
  for (const port of secondPorts) expect(said).toContain(String(port));
  if (secondPorts.length === 0) expect(said).toMatch(/^None\b/);
});
