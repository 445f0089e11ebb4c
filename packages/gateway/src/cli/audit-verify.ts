import { readFile } from "node:fs/promises";
import { chainKeys } from "../ledger/chain.ts";
import { type Checkpoint, verifyTrail } from "../ledger/verify.ts";
import type { JsonOption } from "./admin-client.ts";
import { readConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";
import { openConfigured } from "./store.ts";

export interface VerifyOptions extends JsonOption {
  readonly checkpoint?: string;
}

/** Checks the whole trail. @throws Failure that names what is not as it was written */
export async function verifyAudit(world: World, options: VerifyOptions): Promise<void> {
  const { audit } = await readConfiguration(world, options);
  const checkpoint = options.checkpoint === undefined ? undefined : await readCheckpoint(options.checkpoint);
  const store = await openConfigured(world, options);
  try {
    const result = await verifyTrail(store, chainKeys(audit.keys), checkpoint);
    if (options.json) world.out(`${JSON.stringify(result)}\n`);
    const { faults, records, writers } = result;
    const lines = faults.map(({ writer, seq, problem }) => `  ${writer} ${seq}: ${problem}`);
    if (faults.length > 0) throw new Failure(["the audit trail is not as it was written:", ...lines].join("\n"));
    if (!options.json) world.out(`${records} records of ${writers} writers are as they were written\n`);
    if (audit.keys.length === 0) world.err("warning: without AUDIT_KEY only accidents show, no forgery\n");
  } finally {
    await store.close();
  }
}

/** The last checkpoint in a file of log lines, or of the checkpoint alone. */
async function readCheckpoint(file: string): Promise<Checkpoint> {
  const content = await readFile(file, "utf8").catch((error: Error) => {
    throw new Failure(`--checkpoint: ${error.message}`);
  });
  const values = ownLines(content).flatMap((line) => parse(line, file));
  const last = values.map((value) => value.checkpoint ?? value).findLast(({ heads, mac }) => heads && mac);
  if (!last) throw new Failure(`--checkpoint: ${file} holds no checkpoint`);
  return last as Checkpoint;
}

/** What others wrap our lines in: Docker's json-file, which cuts long ones in pieces, and `journalctl -o json`. */
interface Wrapped {
  readonly log?: unknown;
  readonly MESSAGE?: unknown;
}

/** Our lines of a file, or of a journal, whose mark may stand before each. */
function ownLines(content: string): readonly string[] {
  const lines: string[] = [];
  let begun = "";
  for (const line of content.split("\n")) {
    const own = line.slice(Math.max(0, line.indexOf("{")));
    const { log, MESSAGE } = (jsonOf(own) ?? {}) as Wrapped;
    if (typeof log === "string") begun += log;
    else lines.push(typeof MESSAGE === "string" ? MESSAGE : own);
    if (!begun.endsWith("\n")) continue;
    lines.push(begun);
    begun = "";
  }
  return lines;
}

type Parsed = Partial<Checkpoint> & { readonly checkpoint?: Partial<Checkpoint> };

/**
 * Other lines than JSON objects are somebody else's.
 * @throws Failure where one of ours is not whole: an older one would do for it
 */
function parse(line: string, file: string): Parsed[] {
  const value = line.startsWith("{") ? jsonOf(line) : undefined;
  if (value === undefined && line.includes('"audit checkpoint"')) {
    throw new Failure(`--checkpoint: a checkpoint in ${file} is not whole (its log keeps no lines that long)`);
  }
  return value === undefined ? [] : [value as Parsed];
}

/** Undefined where it is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
