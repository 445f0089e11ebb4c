import { dirname, resolve } from "node:path";
import { type Environment, readEnvironment } from "./environment.ts";
import type { Fault } from "./fault.ts";
import { type ConfigurationFile, isRaw, type Raw } from "./file.ts";
import type { Setting } from "./settings.ts";

/** The values of file and environment laid over one another, and where each came from. */
export interface Sources {
  readonly values: Raw;
  /** What relative paths of the file start from. */
  readonly folder: string;
  /** Whether the setting at `keys` was given a value. */
  has(keys: readonly PropertyKey[]): boolean;
  /** A fault about the setting at `keys`, named as its writer knows it: by variable, or by key and line. */
  fault(keys: readonly PropertyKey[], message: string): Fault;
}

export interface SourcesOptions {
  readonly environment: Environment;
  readonly file: ConfigurationFile | undefined;
  readonly settings: readonly Setting[];
}

/** Lays the environment over the file: a variable wins over a key, and `JWT_KEY` over the file's `keyFile`, too. */
export function joinSources({ environment, file, settings }: SourcesOptions): Sources {
  const values: Raw = file ? structuredClone(file.values) : {};
  if (file) resolvePaths(values, { folder: dirname(file.path), settings });
  const fromEnvironment = readEnvironment(environment, settings);
  for (const setting of fromEnvironment.keys()) {
    if (setting.instead) assign(values, { keys: [...setting.keys.slice(0, -1), setting.instead], value: undefined });
  }
  for (const [setting, value] of fromEnvironment) assign(values, { keys: setting.keys, value });

  return {
    values,
    folder: file ? dirname(file.path) : ".",
    has: (keys) => lookUp(values, keys) !== undefined,
    fault(keys, message) {
      const setting = settings.find((one) => sameKeys(one.keys, keys));
      const line = setting && fromEnvironment.has(setting) ? undefined : file?.lineOf(keys);
      // Set nowhere: named by its variable unless there is a file to write it in.
      if (setting && (fromEnvironment.has(setting) || !file)) return { setting: setting.env, message };
      return { setting: keys.map(String).join("."), message, ...(line === undefined ? {} : { line }) };
    },
  };
}

function sameKeys(one: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

function lookUp(values: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => (isRaw(value) ? value[String(key)] : undefined), values);
}

/** Sets one value; where the file has something other than a section on the way, that is left for the schema to name. */
function assign(values: Raw, { keys, value }: { keys: readonly string[]; value: string | undefined }): void {
  const [first = "", ...rest] = keys;
  if (rest.length === 0) {
    if (value === undefined) delete values[first];
    else values[first] = value;
    return;
  }
  if (values[first] === undefined) values[first] = {};
  const inner = values[first];
  if (isRaw(inner)) assign(inner, { keys: rest, value });
}

function resolvePaths(values: Raw, { folder, settings }: { folder: string; settings: readonly Setting[] }): void {
  for (const { keys, path } of settings) {
    const value = path ? lookUp(values, keys) : undefined;
    if (typeof value !== "string" || value === "" || /^[a-z]+:\/\//i.test(value)) continue;
    assign(values, { keys, value: resolve(folder, value) });
  }
}
