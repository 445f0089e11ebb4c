import type { AdminAction } from "../ledger/admin-ledger.ts";
import type { StoreOperations } from "../store/store.ts";

/** An authorized request to the API. */
export interface ApiCall {
  readonly store: StoreOperations;
  /** What stands in the path's braces. */
  readonly parameter: string;
  readonly query: URLSearchParams;
  /** The body's JSON; undefined without one. */
  readonly body: unknown;
  /** Seconds since the epoch, by the store's clock. */
  readonly now: number;
  /** For how long (seconds) a revocation holds that says nothing of it. */
  readonly revocationLife: number;
  /** Puts what is about to be done into the audit trail. Rejects where the store is away: then nothing may be done. */
  readonly record: (action: AdminAction) => Promise<void>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Of a 405: the methods that there are. */
  readonly allow?: string;
}

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** As in the OpenAPI document: at most one parameter, at the end. */
  readonly path: string;
  readonly handle: (call: ApiCall) => Promise<ApiAnswer>;
}

/** Words for the caller about what it sent. */
export class BadCall extends Error {
  override readonly name = "BadCall";
}

/** A whole number of the query, within bounds. @throws BadCall */
export function numberOf(query: URLSearchParams, name: string, [min, max, absent]: [number, number, number]): number {
  const text = query.get(name);
  if (text === null) return absent;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new BadCall(`${name} must be a whole number from ${min} to ${max}`);
}
