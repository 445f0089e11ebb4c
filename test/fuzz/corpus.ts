import { mkdir, readFile, writeFile } from "node:fs/promises";

const FOLDER = new URL("corpus/", import.meta.url);
/** Inputs that are kept of each target, and the longest that is, in characters. */
const MAX_KEPT = 150;
const MAX_LENGTH = 300;

/** A line an input, as JSON text. */
const fileOf = (name: string) => new URL(`${name.replaceAll(" ", "-")}.txt`, FOLDER);

/** The inputs that earlier runs kept; none where there was no run. */
export async function readCorpus(name: string): Promise<readonly string[]> {
  try {
    const lines = (await readFile(fileOf(name), "utf8")).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as string);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Keeps some of the inputs, short and long ones. */
export async function writeCorpus(name: string, inputs: readonly string[]): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const fitting = inputs.filter(({ length }) => length <= MAX_LENGTH).sort((one, other) => one.length - other.length);
  const step = Math.max(1, Math.floor(fitting.length / MAX_KEPT));
  const kept = fitting.filter((_, index) => index % step === 0).slice(0, MAX_KEPT);
  await writeFile(fileOf(name), kept.map((input) => `${JSON.stringify(input)}\n`).join(""));
}
