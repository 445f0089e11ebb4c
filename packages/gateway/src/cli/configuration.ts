import type { Configuration } from "../config/configuration.ts";
import { formatFault } from "../config/fault.ts";
import { loadConfiguration } from "../config/load.ts";
import { Failure, type World } from "./environment.ts";

export interface FileOption {
  readonly config?: string;
}

/** The configuration, its warnings told. @throws Failure with every fault, a line each */
export async function readConfiguration(world: World, { config: file }: FileOption): Promise<Configuration> {
  const loaded = await loadConfiguration({ environment: world.environment, file });
  for (const warning of loaded.warnings) world.err(`warning: ${formatFault(warning)}\n`);
  if ("configuration" in loaded) return loaded.configuration;
  const count = loaded.faults.length;
  const head = `the configuration has ${count} fault${count === 1 ? "" : "s"}:`;
  throw new Failure([head, ...loaded.faults.map((fault) => `  ${formatFault(fault)}`)].join("\n"));
}
