import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { expect, test } from "vitest";
import { documentSettings } from "../../src/config/documentation.ts";
import { allSettings } from "../../src/config/load.ts";

const FILE = new URL("../../../../docs/configuration.md", import.meta.url);
const [BEGIN, END] = ["<!-- settings: begin -->\n", "<!-- settings: end -->"];

test("docs/configuration.md has every setting as the schemas have it (UPDATE_DOCS=1 writes it)", () => {
  const text = readFileSync(FILE, "utf8");
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const fresh = before + documentSettings(allSettings()) + text.slice(text.indexOf(END));
  if (process.env.UPDATE_DOCS === "1") writeFileSync(FILE, fresh);
  else expect(text).toBe(fresh);
});
