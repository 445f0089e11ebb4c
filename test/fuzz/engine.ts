import { bytesInUse } from "./heap.ts";
import { mutate, type Random, random } from "./mutate.ts";
import { Ways } from "./ways.ts";

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
  /** Bytes that are in use at the end beyond those at a tenth of the way, the inputs that were kept aside. */
  readonly grown: number;
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

/** How much more than a tenth of the way in may be in use at the end, in bytes: caches that are bounded are full by then. */
export const MAX_GROWN = 8 * 2 ** 20;

/** Runs a target on mutations of its seeds, guided by the ways that they take. @throws Finding */
export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, executions = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = options;
  const draw = random(seed);
  const corpus: string[] = [];
  const ways = new Ways();
  const begins = performance.now();
  const progress = () => Math.max(done / executions, (performance.now() - begins) / milliseconds);
  const inUse = () => bytesInUse() - 2 * corpus.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  let slowest = 0;

  const execute = async (input: string) => {
    const began = performance.now();
    const way = await attempt(target, input, { seed, draw });
    const took = performance.now() - began;
    slowest = Math.max(slowest, took);
    if (took > HANG) throw new Finding(target.name, input, { seed, cause: new Error(`took ${took} ms`) });
    done += 1;
    if (ways.add(way) && corpus.length < MAX_CORPUS) corpus.push(input);
  };

  for (const input of [...target.seeds, ...(options.corpus ?? [])]) await execute(input);
  let early: number | undefined;
  while (progress() < 1) {
    for (let count = 0; count < BATCH && done < executions; count++) {
      await execute(mutate(corpus, target.dictionary, draw));
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (progress() >= 0.1) early ??= inUse();
  }
  const grown = early === undefined ? 0 : inUse() - early;
  return { executions: done, ways: ways.count, corpus, slowest, grown };
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
