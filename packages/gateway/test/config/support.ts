import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../../src/config/configuration.ts";
import { formatFault } from "../../src/config/fault.ts";
import { type Loaded, loadConfiguration } from "../../src/config/load.ts";

export const GOOD_KEY = "kV3uQmX8rT1zWc6bN0yLhJ5sPf2dGa9e";

/** A folder that goes with its owner. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "sallyport-"));
  return {
    path,
    async write(name: string, content: string): Promise<string> {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Loads and insists on success. */
export async function configured(environment: Record<string, string>, file?: string): Promise<Configuration> {
  const loaded = await loadConfiguration({ environment: { JWT_KEY: GOOD_KEY, ...environment }, file });
  if ("configuration" in loaded) return loaded.configuration;
  throw new Error(loaded.faults.map(formatFault).join("\n"));
}

/** The faults as a person reads them; empty on success. */
export async function faultsOf(environment: Record<string, string>, file?: string): Promise<string[]> {
  const loaded = await loadConfiguration({ environment, file });
  return "faults" in loaded ? loaded.faults.map(formatFault) : [];
}

export function warningsOf(loaded: Loaded): string[] {
  return loaded.warnings.map(formatFault);
}
