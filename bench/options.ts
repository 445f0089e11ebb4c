import { parseArgs } from "node:util";

/** What `npm run bench` was asked for. */
export interface Options {
  /** Cases, or one of the other programs. */
  readonly names: readonly string[];
  /** Absent: as many as the case, or the program, takes by itself. */
  readonly rounds?: number;
  /** Of load in each turn. */
  readonly seconds?: number;
  /** Seconds of load before that. */
  readonly warmup?: number;
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
/** Each with its least value, and whether it is whole. */
const NUMBERS = {
  rounds: { least: 1, whole: true },
  seconds: { least: 0.1, whole: false },
  warmup: { least: 0, whole: false },
  minutes: { least: 0.1, whole: false },
} as const;
const MINUTES = "10";

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
      rounds: { type: "string" },
      seconds: { type: "string" },
      warmup: { type: "string" },
      minutes: { type: "string", default: MINUTES },
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
    ...timingFrom(values),
    minutes: Number(values.minutes),
    without: values.without,
    ...(document === undefined ? {} : { document }),
    profile: values.profile,
    help: values.help,
  };
}

function timingFrom(values: Values): Pick<Options, "rounds" | "seconds" | "warmup"> {
  const given = (["rounds", "seconds", "warmup"] as const).filter((name) => values[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, Number(values[name])]));
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

function isGood(name: NumberName, text: string | undefined): boolean {
  if (text === undefined) return true;
  const { least, whole } = NUMBERS[name];
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= least && (!whole || Number.isInteger(value));
}
