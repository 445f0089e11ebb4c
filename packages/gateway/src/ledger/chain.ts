import { createHash, createHmac } from "node:crypto";
import type { AuditEntry, AuditHead } from "../store/audit.ts";

/** Where a chain stands: what its next record is bound to. */
export interface ChainPoint {
  readonly seq: number;
  readonly mac: string;
}

export const CHAIN_START: ChainPoint = { seq: 0, mac: "" };

/** Over a record and, through the one before it, over all before. Without a key it shows accidents only. */
export function recordMac(key: string | undefined, previous: string, entry: Omit<AuditEntry, "mac">): string {
  const { writer, seq, at, body } = entry;
  return macOf(key, ["record", previous, writer, seq, at, body]);
}

/** Over what is left of a chain's beginning. */
export function anchorSignature(key: string | undefined, { writer, seq, mac }: AuditHead): string {
  return macOf(key, ["anchor", writer, seq, mac]);
}

/** Over all heads at one moment. */
export function checkpointMac(key: string | undefined, at: number, heads: readonly AuditHead[]): string {
  return macOf(key, ["checkpoint", at, heads.map(({ writer, seq, mac }) => [writer, seq, mac])]);
}

/** HMAC-SHA-256 (RFC 2104) over JSON, whose quoting keeps the parts apart; base64url. */
function macOf(key: string | undefined, parts: unknown): string {
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  return hash.update(JSON.stringify(parts)).digest("base64url");
}

/** Keys under which something may have been written: `undefined` stands for none. */
export type ChainKeys = readonly (string | undefined)[];

export function chainKeys(keys: readonly string[]): ChainKeys {
  return keys.length > 0 ? keys : [undefined];
}

/** Appends to a chain. */
export class Chain {
  readonly #writer: string;
  readonly #key: string | undefined;
  #point = CHAIN_START;

  constructor(writer: string, key: string | undefined) {
    this.#writer = writer;
    this.#key = key;
  }

  add(at: number, body: string): AuditEntry {
    const entry = { writer: this.#writer, seq: this.#point.seq + 1, at, body };
    const mac = recordMac(this.#key, this.#point.mac, entry);
    this.#point = { seq: entry.seq, mac };
    return { ...entry, mac };
  }
}
