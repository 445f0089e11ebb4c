import { parseArgs } from "node:util";

/** What `npm run bench` was asked for. */
export interface Options {
  /** Cases, or one of the other programs. */
  readonly names: readonly string[];
  readonly rounds: number;
  /** Of load in each round. */
  readonly seconds: number;
  readonly warmup: number;
  readonly minutes: number;
  readonly without: readonly string[];
  /** The document that the results go into; absent: none. */
  readonly document?: string;
  /** Cases are not compared: the gateway runs each under V8's profiler. */
  readonly profile: boolean;
  readonly help: boolean;
}

/** Names that exist. */
export interface Known {
  readonly cases: readonly string[];
  /** What runs instead of cases, each by itself. */
  readonly programs: readonly string[];
  readonly peers: ReadonlySet<string>;
}

export type Parsed = { readonly options: Options } | { readonly fault: string };

const DOCUMENT = "docs/benchmarks.md";
/** Each as text with its default, its least value, and whether it is whole. */
const NUMBERS = {
  rounds: { text: "3", least: 1, whole: true },
  seconds: { text: "3", least: 0.5, whole: false },
  warmup: { text: "0.5", least: 0, whole: false },
  minutes: { text: "10", least: 0.1, whole: false },
} as const;

type NumberName = keyof typeof NUMBERS;
const NAMES: readonly NumberName[] = ["rounds", "seconds", "warmup", "minutes"];

/** Reads the words of the command line; a fault says what was not understood and what would be. */
export function parseOptions(words: readonly string[], known: Known): Parsed {
  try {
    const { values, positionals } = parseWords(words);
    const fault = faultOf(values, positionals, known);
    return fault === undefined ? { options: optionsOf(values, positionals) } : { fault };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

type Values = ReturnType<typeof parseWords>["values"];

function parseWords(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: NUMBERS.rounds.text },
      seconds: { type: "string", default: NUMBERS.seconds.text },
      warmup: { type: "string", default: NUMBERS.warmup.text },
      minutes: { type: "string", default: NUMBERS.minutes.text },
      without: { type: "string", multiple: true, default: [] },
      docs: { type: "boolean", default: false },
      "docs-file": { type: "string" },
      profile: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
}

function optionsOf(values: Values, names: readonly string[]): Options {
  const document = values["docs-file"] ?? (values.docs ? DOCUMENT : undefined);
  return {
    names,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmup: Number(values.warmup),
    minutes: Number(values.minutes),
    without: values.without,
    ...(document === undefined ? {} : { document }),
    profile: values.profile,
    help: values.help,
  };
}

function faultOf(values: Values, names: readonly string[], known: Known): string | undefined {
  return nameFault(names, known) ?? peerFault(values.without, known) ?? numberFault(values);
}

function nameFault(names: readonly string[], { cases, programs }: Known): string | undefined {
  const program = names.find((name) => programs.includes(name));
  if (program !== undefined && names.length > 1) return `${program} runs by itself, without other cases`;
  if (program !== undefined) return undefined;
  const unknown = names.filter((name) => !cases.includes(name));
  return unknown.length === 0 ? undefined : `no such case: ${unknown.join(", ")}`;
}

/** A name that nobody has would leave nobody out, and say that it did. */
function peerFault(without: readonly string[], { peers }: Known): string | undefined {
  const unknown = without.filter((name) => !peers.has(name));
  return unknown.length === 0 ? undefined : `no such peer: ${unknown.join(", ")}; there are ${[...peers].join(", ")}`;
}

function numberFault(values: Values): string | undefined {
  const wrong = NAMES.find((name) => !isGood(name, values[name]));
  if (wrong === undefined) return undefined;
  const { least, whole } = NUMBERS[wrong];
  return `--${wrong} takes a ${whole ? "whole " : ""}number of at least ${least}, not "${values[wrong]}"`;
}

function isGood(name: NumberName, text: string): boolean {
  const { least, whole } = NUMBERS[name];
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= least && (!whole || Number.isInteger(value));
}
