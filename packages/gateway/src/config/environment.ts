import type { Fault } from "./fault.ts";
import { nearestName } from "./nearest.ts";
import type { Setting } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the edge that are set here by mistake, and what the gateway calls the same. */
const EDGE_NAMES: Readonly<Record<string, string>> = { JWT_SECRET: "JWT_KEY", JWT_SECRET_FILE: "JWT_KEY_FILE" };

/** The settings that the environment names, with their values as text. A variable set to nothing counts as unset. */
export function readEnvironment(environment: Environment, settings: readonly Setting[]): Map<Setting, string> {
  const values = new Map<Setting, string>();
  for (const setting of settings) {
    const value = environment[setting.env];
    if (value !== undefined && value !== "") values.set(setting, value);
  }
  return values;
}

/** Warnings about variables that look like a setting misspelt. Anything else in the environment is not our business. */
export function misspeltNames(environment: Environment, settings: readonly Setting[]): Fault[] {
  const known = settings.map((setting) => setting.env);
  return Object.keys(environment).flatMap((name) => {
    if (known.includes(name)) return [];
    const meant = EDGE_NAMES[name] ?? nearestName(name, known);
    return meant === undefined ? [] : [{ setting: name, message: `is not read; did you mean ${meant}?` }];
  });
}

/** The environment without what we read ourselves, for processes that are told all they need in other ways. */
export function withoutSettings(environment: Environment, settings: readonly Setting[]): Environment {
  const own = new Set(settings.map(({ env }) => env));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.has(name)));
}
