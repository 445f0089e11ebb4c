import type { Configuration } from "../config/configuration.ts";
import { formatFault } from "../config/fault.ts";
import { type Loaded, loadConfiguration } from "../config/load.ts";
import { Failure, type World } from "./environment.ts";

export interface FileOption {
  readonly config?: string;
}

/** The configuration, or its faults; warnings are told on the way. */
export async function tryConfiguration(world: World, { config: file }: FileOption): Promise<Loaded> {
  const loaded = await loadConfiguration({ environment: world.environment, file });
  for (const warning of loaded.warnings) world.err(`warning: ${formatFault(warning)}\n`);
  return loaded;
}

/** The configuration. @throws Failure with every fault, a line each */
export async function readConfiguration(world: World, options: FileOption): Promise<Configuration> {
  return (await readWithFiles(world, options)).configuration;
}

/** The same, and the files that it came from. */
export async function readWithFiles(
  world: World,
  options: FileOption,
): Promise<Extract<Loaded, { configuration: Configuration }>> {
  const loaded = await tryConfiguration(world, options);
  if ("configuration" in loaded) return loaded;
  throw faultsFailure(loaded.faults.map(formatFault));
}

export function faultsFailure(faults: readonly string[]): Failure {
  const head = `the configuration has ${faults.length} fault${faults.length === 1 ? "" : "s"}:`;
  return new Failure([head, ...faults.map((fault) => `  ${fault}`)].join("\n"));
}
