import { afterAll, beforeAll, describe, test } from "vitest";
import { FLAWLESS, startStrict, stay } from "./cells.ts";
import { type BothGates, startBothGates } from "./edge-way.ts";
import { FAMILIES, type FamilyName } from "./families.ts";
import { tokenFor } from "./gateway-way.ts";

describe.each([
  { before: "edge, gateway", wire: "own" },
  { before: "edge, gateway, original's wire", wire: "legacy" },
] as const)("$before", ({ before, wire }) => {
  let gates: BothGates;
  beforeAll(async () => {
    gates = await startBothGates(wire);
  });
  afterAll(() => gates[Symbol.asyncDispose]());

  test.concurrent.for(Object.keys(FAMILIES) as FamilyName[])("%s", async (family, { task, expect }) => {
    await using controller = await startStrict(family);
    const via = await gates.enter(await tokenFor(controller, FAMILIES[family].platform));
    const cell = await stay({ family, before, controller }, via);
    task.meta.cell = cell;
    expect(cell).toEqual({ ...cell, ...FLAWLESS });
  });
});
