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
  const values = content.split("\n").flatMap(parse);
  const last = values.map((value) => value.checkpoint ?? value).findLast(({ heads, mac }) => heads && mac);
  if (!last) throw new Failure(`--checkpoint: ${file} holds no checkpoint`);
  return last as Checkpoint;
}

type Parsed = Partial<Checkpoint> & { readonly checkpoint?: Partial<Checkpoint> };

/** What others wrap our lines in: Docker's json-file, `journalctl -o json`. */
interface Wrapped {
  readonly log?: unknown;
  readonly MESSAGE?: unknown;
}

/** Our line within one of a file or a journal, whose mark may stand before it; other lines are somebody else's. */
function parse(line: string): Parsed[] {
  const begin = line.indexOf("{");
  if (begin === -1) return [];
  try {
    const value = JSON.parse(line.slice(begin)) as Parsed & Wrapped;
    const inner = value.log ?? value.MESSAGE;
    return typeof inner === "string" ? parse(inner) : [value];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
