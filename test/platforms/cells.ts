// What each family's emulator refuses of what stands before it: the naive proxies as negative controls, and the gateway.
// A cell is one family behind one of these; expectations.ts says what must come of it, and a table shows all of them.
import { randomInt } from "node:crypto";
import type { Controller, ControllerOptions } from "../emulators/core/controller.ts";
import { NAIVE_PROXIES, type ProxyName } from "../emulators/naive-proxies/naive-proxies.ts";
import { direct, type Via } from "../emulators/scenarios/via.ts";
import { type Certificate, makeCertificate } from "../support/certificates.ts";
import { FAMILIES, type FamilyName } from "./families.ts";

/** What came of one family's whole stay through one thing that stands before it. */
export interface Cell {
  readonly family: string;
  /** What stood before it, by its name in the table. */
  readonly before: string;
  /** How often the controller refused something, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** The steps of the stay that failed, with why. */
  readonly failed: Readonly<Record<string, string>>;
  /** Sessions, WebSockets and console slots that nobody gave back. */
  readonly left: number;
}

/** What a cell is like through which everything goes. */
export const FLAWLESS = { refused: {}, failed: {}, left: 0 } as const satisfies Partial<Cell>;

/** Proxies have the same ports as the controller, and so must have another address. */
const ADDRESS = "127.0.0.2";

let certificate: Promise<Certificate> | undefined;

/** One for all controllers here, in the name of that address: a new key for each would take longer than the stay. */
function controllerCertificate(): Promise<Certificate> {
  certificate ??= makeCertificate({ names: [ADDRESS], key: "rsa-2048" });
  return certificate;
}

/** A stay with nothing in between, or with a naive proxy. */
export async function runCell(family: FamilyName, before: "direct" | ProxyName): Promise<Cell> {
  const options = { address: ADDRESS, certificate: await controllerCertificate() };
  await using controller = await FAMILIES[family].start(options);
  if (before === "direct") return await stay({ family, before, controller }, direct(controller));
  await using proxy = await NAIVE_PROXIES[before](controller);
  return await stay({ family, before, controller }, direct(proxy));
}

/** One that refuses whatever it can, on the port numbers of the field, and therefore on an address that nobody else has. */
export async function startStrict(family: FamilyName, options: ControllerOptions = {}): Promise<Controller> {
  const address = ["127", ...Array.from({ length: 3 }, () => randomInt(4, 255))].join(".");
  const { startStrict: start, ports } = FAMILIES[family];
  return start({ address, ports, certificate: await controllerCertificate(), ...options });
}

/** Who stays where, behind what. */
export interface Stay {
  readonly family: FamilyName;
  readonly before: string;
  readonly controller: Controller;
  /** Refusals that are no part of it: how many there were before it began, by reason. */
  readonly earlier?: Readonly<Record<string, number>>;
}

/** Runs the family's stay by this way and looks at what the controller has to say of it. */
export async function stay({ family, before, controller, earlier = {} }: Stay, via: Via): Promise<Cell> {
  const failures = await FAMILIES[family].stay(via);
  // The last connections may still be closing; where something stays, the count shows it.
  if (failures.length === 0) await controller.until(() => controller.leaked() === 0).catch(() => undefined);
  return {
    family,
    before,
    refused: countsSince(earlier, controller),
    failed: Object.fromEntries(failures.map(({ step, fault }) => [step, fault])),
    left: controller.leaked(),
  };
}

function countsSince(earlier: Readonly<Record<string, number>>, { rejections }: Controller): Record<string, number> {
  const counts = [...rejections].map(([reason, count]) => [reason, count - (earlier[reason] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
