import { generic } from "./generic.ts";
import { ilo } from "./ilo.ts";
import type { Platform } from "./platform.ts";

const named: ReadonlyMap<string, Platform> = new Map([
  ["ilo", ilo],
  ["ilo4", ilo],
  ["ilo5", ilo],
  ["ilo6", ilo],
]);

/** The rules for a token's claim `platform`; those that hold for every controller where it names none that is known. */
export function choosePlatform(claimed: string | undefined): Platform {
  return named.get(claimed?.toLowerCase() ?? "") ?? generic;
}
