import { mutate, type Random, random } from "./mutate.ts";

/** What is fuzzed: a reader of bytes from outside. Bytes stand as Latin-1 text. */
export interface Target {
  readonly name: string;
  /** Where mutation begins. */
  readonly seeds: readonly string[];
  /** Pieces that mean something to the reader. */
  readonly dictionary: readonly string[];
  /**
   * Reads an input and checks what must hold for every one; throws where it does not. What it returns names the way
   * that the input took through the reader: an input that took a new one is mutated further.
   */
  readonly run: (input: string, random: Random) => string | Promise<string>;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so many executions, or so many milliseconds, whichever is given. */
  readonly executions?: number;
  readonly milliseconds?: number;
  /** Inputs of earlier runs. */
  readonly corpus?: readonly string[];
}

export interface FuzzReport {
  readonly executions: number;
  /** Ways through the reader that were seen. */
  readonly ways: number;
  /** One input for each way. */
  readonly corpus: readonly string[];
  /** The longest that one input took, in milliseconds. */
  readonly slowest: number;
}

/** An input that broke its target. The message has what is needed to run it again. */
export class Finding extends Error {
  override readonly name = "Finding";

  constructor(target: string, input: string, options: { readonly seed: number; readonly cause: unknown }) {
    const { seed, cause } = options;
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${target} (seed ${seed}) broke at ${JSON.stringify(input)}\n${what}`, { cause });
  }
}

/** Inputs that are kept to be mutated, at most. */
const MAX_CORPUS = 4096;
/** Executions between two looks at the clock, after which other work of the process has its turn. */
const BATCH = 256;
/** One input that takes longer has found a way to hang the reader, in milliseconds. */
const HANG = 2_000;

/** Runs a target on mutations of its seeds, guided by the ways that they take. @throws Finding */
export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, executions = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = options;
  const draw = random(seed);
  const corpus: string[] = [];
  const ways = new Set<string>();
  const ends = performance.now() + milliseconds;
  let done = 0;
  let slowest = 0;

  const execute = async (input: string) => {
    const began = performance.now();
    const way = await attempt(target, input, { seed, draw });
    const took = performance.now() - began;
    slowest = Math.max(slowest, took);
    if (took > HANG) throw new Finding(target.name, input, { seed, cause: new Error(`took ${took} ms`) });
    done += 1;
    if (ways.has(way)) return;
    ways.add(way);
    if (corpus.length < MAX_CORPUS) corpus.push(input);
  };

  for (const input of [...target.seeds, ...(options.corpus ?? [])]) await execute(input);
  while (done < executions && performance.now() < ends) {
    for (let count = 0; count < BATCH && done < executions; count++) {
      await execute(mutate(corpus, target.dictionary, draw));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { executions: done, ways: ways.size, corpus, slowest };
}

async function attempt(
  target: Target,
  input: string,
  { seed, draw }: { readonly seed: number; readonly draw: Random },
): Promise<string> {
  try {
    return await target.run(input, draw);
  } catch (cause) {
    throw new Finding(target.name, input, { seed, cause });
  }
}
