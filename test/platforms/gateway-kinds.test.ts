import { test } from "vitest";
import type { ControllerOptions } from "../emulators/core/controller.ts";
import { iloScenario } from "../emulators/scenarios/ilo.ts";
import type { Failure } from "../emulators/scenarios/steps.ts";
import type { Via } from "../emulators/scenarios/via.ts";
import { startTestGateway } from "../support/gateway.ts";
import { startStrict } from "./cells.ts";
import { FAMILIES, type FamilyName } from "./families.ts";
import { tokenFor, viaGateway } from "./gateway-way.ts";

/** One firmware of a family that is not the usual one in the table. */
interface Kind {
  readonly name: string;
  readonly family: FamilyName;
  readonly options: ControllerOptions & Readonly<Record<string, unknown>>;
  /** Default: the family's own. */
  readonly stay?: (via: Via) => Promise<readonly Failure[]>;
}

const KINDS: readonly Kind[] = [
  { name: "iLO 4", family: "ilo", options: { generation: 4 }, stay: (via) => iloScenario(via, 4) },
  { name: "iLO 6", family: "ilo", options: { generation: 6 }, stay: (via) => iloScenario(via, 6) },
  { name: "Supermicro with the newer CSRF header", family: "supermicro", options: { csrfHeader: "CSRF-TOKEN" } },
  { name: "MegaRAC with packets in pieces", family: "megarac", options: { packing: "split" } },
  { name: "MegaRAC with two packets to a message", family: "megarac", options: { packing: "joined" } },
  { name: "MegaRAC SP that cuts nothing", family: "megarac-sp", options: { cutAnswers: false } },
  // The ticket's JSON, and checks of Host, Referer and Origin, with brackets around the address.
  { name: "iDRAC9 at an IPv6 address", family: "idrac9", options: { address: "::1" } },
  { name: "Supermicro at an IPv6 address", family: "supermicro", options: { address: "::1" } },
  { name: "MegaRAC at an IPv6 address", family: "megarac", options: { address: "::1" } },
];

test.concurrent.for(KINDS)("a whole stay at: $name", async ({ family, options, stay }, { expect }) => {
  await using gateway = await startTestGateway();
  await using controller = await startStrict(family, options);
  const via = viaGateway(gateway, controller, await tokenFor(controller, FAMILIES[family].platform));
  expect(await (stay ?? FAMILIES[family].stay)(via)).toEqual([]);
  expect(Object.fromEntries(controller.rejections)).toEqual({});
  await controller.until(() => controller.leaked() === 0);
});
