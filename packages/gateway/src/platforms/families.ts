import { familyNamed } from "../config/platform-names.ts";
import { generic } from "./generic.ts";
import { idrac8 } from "./idrac8.ts";
import { idrac9 } from "./idrac9.ts";
import { ilo } from "./ilo.ts";
import { megarac } from "./megarac.ts";
import { megaracSp } from "./megarac-sp.ts";
import { openbmc } from "./openbmc.ts";
import type { Platform } from "./platform.ts";
import { supermicro } from "./supermicro.ts";
import { xcc } from "./xcc.ts";

/** Every family, in the order in which they are tried on what a controller answers. */
export const families: readonly Platform[] = [idrac9, idrac8, ilo, xcc, supermicro, megarac, megaracSp, openbmc];

const byName: ReadonlyMap<string, Platform> = new Map(
  [...families, generic].map((platform) => [platform.name, platform]),
);

/** The family of this name, in any case; undefined where there is none. */
export function platformNamed(name: string): Platform | undefined {
  return byName.get(familyNamed(name) ?? "");
}

/** Every port beside the pages' own that some family has. */
export const anySecondPort: ReadonlySet<number> = new Set(families.flatMap(({ secondPorts }) => secondPorts));
