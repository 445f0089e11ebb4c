// The admin listener: whether the gateway lives and is ready, what it counts, which version it is. Plain HTTP, meant
// for loopback or a management network. And the API, which shows and ends sessions and needs a credential.
import type { IncomingMessage } from "node:http";
import type { ListenAddress } from "../config/configuration.ts";
import type { AdminLedger } from "../ledger/admin-ledger.ts";
import type { StoreOperations } from "../store/store.ts";
import { answerApi } from "./api.ts";
import { type AdminListener, type Answer, json, startListener } from "./listener.ts";
import { answerStatus, type StatusSource } from "./status.ts";

/** What the listener speaks for: one process, or a parent for all of its workers. */
export interface AdminSource extends StatusSource {
  /** What the API reads and writes. */
  readonly store: StoreOperations;
}

export interface AdminOptions {
  readonly listen: ListenAddress;
  /** What callers of the API must show one of. */
  readonly tokens: readonly string[];
  readonly source: AdminSource;
  readonly ledger: AdminLedger;
  /** For how long (seconds) a revocation holds that says nothing of it. */
  readonly revocationLife: number;
  readonly version: string;
  /** Told of an answer that could not be made; the caller of the listener gets a 500. */
  readonly onError: (error: unknown) => void;
}

/** Starts to listen. Rejects with the system's error where the address is taken. */
export function startAdmin(options: AdminOptions): Promise<AdminListener> {
  const { listen, onError } = options;
  return startListener({ listen, onError, answer: (request) => answer(options, request) });
}

/** The tokens are read anew for each request: they can change. */
async function answer(options: AdminOptions, request: IncomingMessage): Promise<Answer> {
  const { source, tokens, ledger, revocationLife } = options;
  const api = await answerApi({ store: source.store, tokens, ledger, revocationLife }, request);
  return api ? { ...json(api.status, api.body), allow: api.allow } : answerStatus(options, request);
}
