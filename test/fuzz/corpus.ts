import { mkdir, readFile, writeFile } from "node:fs/promises";

const FOLDER = new URL("corpus/", import.meta.url);
/** Inputs that are kept of each target: the shortest of each way. */
const MAX_KEPT = 300;

const fileOf = (name: string) => new URL(`${name.replaceAll(" ", "-")}.json`, FOLDER);

/** The inputs that earlier runs kept; none where there was no run. */
export async function readCorpus(name: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await readFile(fileOf(name), "utf8")) as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export async function writeCorpus(name: string, inputs: readonly string[]): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const kept = [...inputs].filter((input) => input.length <= 400).sort((one, other) => one.length - other.length);
  await writeFile(fileOf(name), `${JSON.stringify(kept.slice(0, MAX_KEPT), null, 1)}\n`);
}
