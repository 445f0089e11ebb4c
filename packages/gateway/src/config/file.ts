import { readFile } from "node:fs/promises";
import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import type { Fault } from "./fault.ts";

export type Raw = Record<string, unknown>;

/** A configuration file as written: its values without empty ones, and where each key stands. */
export interface ConfigurationFile {
  readonly path: string;
  readonly values: Raw;
  /** Line of the key at `keys`, from 1; of the nearest key above it where it is not in the file. */
  lineOf(keys: readonly PropertyKey[]): number | undefined;
}

export type ReadFile = { readonly file: ConfigurationFile } | { readonly faults: readonly Fault[] };

/** Reads `sallyport.yaml`. Faults are those of YAML itself; what the values mean is not looked at. */
export async function readConfigurationFile(path: string): Promise<ReadFile> {
  try {
    return parseFile(path, await readFile(path, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { faults: [{ setting: path, message: `cannot be read (${code})` }] };
  }
}

function parseFile(path: string, source: string): ReadFile {
  const lines = new LineCounter();
  // The library's messages quote the source, which may hold secrets: only codes and lines are taken from it, and no warning is printed.
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const faults = document.errors.map((error) => ({
    setting: path,
    line: lines.linePos(error.pos[0]).line,
    message: `is no valid YAML here (${error.code.toLowerCase().replaceAll("_", " ")})`,
  }));
  if (faults.length > 0) return { faults };
  if (document.contents !== null && !isMap(document.contents)) {
    return { faults: [{ setting: path, message: "must hold keys and values at its top" }] };
  }
  const root = document.contents;
  const lineOf = (keys: readonly PropertyKey[]) => {
    const offset = root === null ? undefined : offsetOf(root, keys);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return { file: { path, values: withoutEmpty(document.toJS() ?? {}), lineOf } };
}

/** Keys are names in a map and positions in a list. */
function offsetOf(node: unknown, [first, ...rest]: readonly PropertyKey[]): number | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(first)];
    return offsetOf(item, rest) ?? (isNode(item) ? item.range?.[0] : undefined);
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === String(first));
  if (!pair || !isScalar(pair.key)) return undefined;
  return (rest.length > 0 ? offsetOf(pair.value, rest) : undefined) ?? pair.key.range?.[0];
}

/** A key without a value is the same as no key. */
function withoutEmpty(values: Raw): Raw {
  const entries = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, cleaned(value)]));
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  return isRaw(value) ? withoutEmpty(value) : value;
}

export function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
