import type { z } from "zod";
import type { CertificateFiles, Configuration } from "./configuration.ts";
import { type Environment, misspeltNames } from "./environment.ts";
import type { Fault } from "./fault.ts";
import { type ConfigurationFile, isRaw, type Raw, readConfigurationFile } from "./file.ts";
import { nearestName } from "./nearest.ts";
import { Report } from "./report.ts";
import { resolveConfiguration } from "./resolve.ts";
import { rootSchema } from "./schemas/root.ts";
import { knownKeys, type Setting, settingsOf } from "./settings.ts";
import { joinSources, type Sources } from "./sources.ts";

export interface LoadOptions {
  readonly environment: Environment;
  /** Path of `sallyport.yaml`; absent: the environment alone. */
  readonly file?: string | undefined;
}

/** What comes with a configuration and with faults alike. */
interface Found {
  readonly warnings: readonly Fault[];
  /** Paths of the files that all this was read from, as far as it came. */
  readonly files: readonly string[];
}

/** A configuration that is complete and checked, or every fault that was found. */
export type Loaded =
  | ({ readonly configuration: Configuration } & Found)
  | ({
      readonly faults: readonly Fault[];
      /** The files of the origin's certificate as far as they can be told, to be looked at with the rest. */
      readonly certificate?: CertificateFiles;
    } & Found);

/** Every setting there is, in the order of the documentation. */
export function allSettings(): readonly Setting[] {
  return settingsOf(rootSchema);
}

/**
 * Parse (each value for itself), then read what files it names, then check settings against one another. Each stage
 * collects all faults it can see; a later stage runs only on what an earlier one let through.
 */
export async function loadConfiguration({ environment, file: path }: LoadOptions): Promise<Loaded> {
  const settings = allSettings();
  const warnings = misspeltNames(environment, settings);
  const read = path === undefined ? { file: undefined } : await readConfigurationFile(path);
  const own = path === undefined ? [] : [path];
  if ("faults" in read) return { faults: read.faults, warnings, files: own };
  const sources = joinSources({ environment, file: read.file, settings });
  const parsed = rootSchema.safeParse(sources.values);
  const report = new Report(sources, warnings);
  if (parsed.success) {
    const configuration = await resolveConfiguration(parsed.data, sources, report);
    const found = { warnings, files: [...own, ...report.files] };
    if (report.faults.length === 0) return { configuration, ...found };
    return { faults: report.faults, ...found, certificate: configuration.web.tls };
  }
  const faults = faultsOf(parsed.error, sources, read.file);
  // The rest is looked at as if what is wrong were not set, so that a second run does not bring more to light.
  const rest = rootSchema.safeParse(without(sources.values, parsed.error));
  if (!rest.success) return { faults, warnings, files: own };
  const configuration = await resolveConfiguration(rest.data, sources, report);
  const named = new Set(faults.map(({ setting }) => setting));
  const more = report.faults.filter(({ setting }) => !named.has(setting));
  const found = { warnings, files: [...own, ...report.files] };
  return { faults: [...faults, ...more], ...found, certificate: configuration.web.tls };
}

function faultsOf(error: z.ZodError, sources: Sources, file: ConfigurationFile | undefined): Fault[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...issue.path, key], file));
    }
    const message = issue.code === "invalid_type" ? `must be a section with keys of its own` : issue.message;
    return [sources.fault(issue.path, message)];
  });
}

/** The values without those that an error is about. */
function without(values: Raw, error: z.ZodError): Raw {
  const rest = structuredClone(values);
  for (const issue of error.issues) {
    const wrong = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const keys of wrong) remove(rest, keys);
  }
  return rest;
}

function remove(values: Raw, [first, ...rest]: readonly PropertyKey[]): void {
  if (first === undefined) return;
  const inner = values[String(first)];
  // A list's entry goes with the whole list.
  if (rest.length > 0 && isRaw(inner)) remove(inner, rest);
  else delete values[String(first)];
}

function unknownKey(keys: readonly PropertyKey[], file: ConfigurationFile | undefined): Fault {
  const known = knownKeys(rootSchema, keys.slice(0, -1));
  const meant = nearestName(String(keys.at(-1)), known);
  const hint = meant === undefined ? `known here: ${known.join(", ")}` : `did you mean "${meant}"?`;
  const line = file?.lineOf(keys);
  return {
    setting: keys.map(String).join("."),
    message: `is no known key; ${hint}`,
    ...(line === undefined ? {} : { line }),
  };
}
