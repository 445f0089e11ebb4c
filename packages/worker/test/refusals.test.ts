import { readFile } from "node:fs/promises";
import { type RefusalKind, reasons, refusalKind, refusalShape } from "@sallyport/shared";
import { expect, test } from "vitest";
import { refusalPage } from "../src/pages.ts";

const text = await readFile(new URL("../../../docs/refusals.md", import.meta.url), "utf8");
/** The cells of each row of a table whose first cell is code, by that. */
const rows = new Map(
  [...text.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(([, name = "", rest = ""]) => [name, rest.split(" | ")]),
);
const kinds = new Map<RefusalKind, (typeof reasons)[number]>(reasons.map((reason) => [refusalKind(reason), reason]));

test.each(reasons)("docs/refusals.md says of %s how it is seen, why it is, and what to do", (reason) => {
  const [kind, why, act] = rows.get(reason) ?? [];
  expect(kind).toBe(`\`${refusalKind(reason)}\``);
  expect(why).toMatch(/\w/);
  expect(act).toMatch(/\S/);
});

test.each([...kinds])("docs/refusals.md says of the kind %s what is seen", (kind, reason) => {
  const { gatewayStatus, gatewayText, edgeStatus, edgeText, closeCode } = refusalShape(reason);
  const [title, gateway, edge, code] = rows.get(kind) ?? [];
  expect(title?.replace(/ ²$/, "")).toBe(refusalPage({ kind, reference: "" }).title);
  expect([gateway, edge, code]).toEqual([
    `${gatewayStatus} \`${gatewayText}\``,
    `${edgeStatus} \`${edgeText}\``,
    String(closeCode),
  ]);
});

test("docs/refusals.md has no reason that is none", () => {
  const known = new Set<string>([...reasons, ...kinds.keys()]);
  expect([...rows.keys()].filter((name) => !known.has(name))).toEqual([]);
});
