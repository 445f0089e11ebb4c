import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { FLAWLESS, startStrict, stay } from "./cells.ts";
import { FAMILIES, type FamilyName } from "./families.ts";
import { tokenFor, viaGateway } from "./gateway-way.ts";

const families = Object.keys(FAMILIES) as FamilyName[];

function startGateway(detect: boolean): Promise<TestGateway> {
  return startTestGateway({ web: { controllers: { ca: undefined, legacyTls: [], platforms: [], detect } } });
}

// The emulators refuse whatever they can: what is known of real ones, and what is only strict.
test.concurrent.for(families)("%s: the token names the family", async (family, { task, expect }) => {
  await using gateway = await startGateway(false);
  await using controller = await startStrict(family);
  const token = await tokenFor(controller, FAMILIES[family].platform);
  const cell = await stay({ family, before: "gateway", controller }, viaGateway(gateway, controller, token));
  task.meta.cell = cell;
  expect(cell).toEqual({ ...cell, ...FLAWLESS });
});

test.concurrent.for(families)("%s: the gateway finds out", async (family, { task, expect }) => {
  await using gateway = await startGateway(true);
  await using controller = await startStrict(family);
  const via = viaGateway(gateway, controller, await tokenFor(controller));
  await via.call({ method: "GET", path: "/", headers: ["Host", new URL(via.origin).host] });
  const recognised = await gateway.waitForLine((line) => line.message === "controller recognised");
  expect(recognised.platform).toBe(FAMILIES[family].platform);
  // It asks for what other families have, and where one has to be logged in; anything else it must not run into.
  const earlier = Object.fromEntries(controller.rejections);
  expect(["not-found", "unauthenticated"]).toEqual(expect.arrayContaining(Object.keys(earlier)));
  const cell = await stay({ family, before: "gateway, asking", controller, earlier }, via);
  task.meta.cell = cell;
  expect(cell).toEqual({ ...cell, ...FLAWLESS });
});

test("without its family's rules an iDRAC9's console leads away, on any port", async () => {
  await using gateway = await startGateway(false);
  for (const family of ["idrac9", "idrac9-5900"] as const) {
    await using controller = await startStrict(family);
    const via = viaGateway(gateway, controller, await tokenFor(controller));
    const { failed } = await stay({ family, before: "gateway", controller }, via);
    expect(Object.keys(failed)).toEqual(["console", "virtual media"]);
  }
});
