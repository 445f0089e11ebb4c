import type { Epoch, StoreOperations } from "../store.ts";
import * as audit from "./audit.ts";
import type { Db } from "./database.ts";
import * as directory from "./directory.ts";
import * as platforms from "./platforms.ts";
import * as revocations from "./revocations.ts";
import * as usage from "./usage.ts";

function epoch({ statements }: Db): Epoch {
  const row = statements.first<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'");
  return JSON.parse(row?.value ?? "null");
}

type Synchronous<Operation> = Operation extends (...values: infer Values) => Promise<infer Answer>
  ? (db: Db, ...values: Values) => Answer
  : never;

export type OperationName = keyof StoreOperations;

/** Every operation of the store over an open database. */
export const operations: { readonly [Name in OperationName]: Synchronous<StoreOperations[Name]> } = {
  epoch,
  time: () => Date.now() / 1000,
  revoke: revocations.revoke,
  revocationsAfter: revocations.revocationsAfter,
  consume: revocations.consume,
  restoreLinks: revocations.restoreLinks,
  prune: (db, now) => revocations.prune(db, now) + platforms.prunePlatforms(db, now),
  beat: directory.beat,
  openSession: directory.openSession,
  closeSessions: directory.closeSessions,
  sessions: directory.sessions,
  appendAudit: audit.appendAudit,
  auditOf: audit.auditOf,
  auditRecent: audit.auditRecent,
  auditHeads: audit.auditHeads,
  auditAnchors: audit.auditAnchors,
  pruneAudit: audit.pruneAudit,
  addUsage: usage.addUsage,
  usage: usage.usage,
  rememberPlatform: platforms.rememberPlatform,
  platformOf: platforms.platformOf,
};

/** One operation to do. */
export interface Call {
  readonly name: OperationName;
  readonly values: readonly unknown[];
}

/** One statement each, or none, which changes nothing. */
const READS: ReadonlySet<OperationName> = new Set([
  "epoch",
  "time",
  "revocationsAfter",
  "sessions",
  "auditOf",
  "auditRecent",
  "auditHeads",
  "auditAnchors",
  "usage",
  "platformOf",
]);

/** It is whole without a transaction, and takes nobody's turn to write. */
export function isRead({ name }: Call): boolean {
  return READS.has(name);
}

/** Does it. Whoever made the call from a typed method knows the answer's type. */
export function perform(db: Db, { name, values }: Call): unknown {
  const operation = operations[name] as (db: Db, ...values: readonly unknown[]) => unknown;
  return operation(db, ...values);
}

/** The store's methods over one way to have a call done. */
export function operationsOver(call: (call: Call) => Promise<unknown>): StoreOperations {
  const names = Object.keys(operations) as OperationName[];
  const methods = names.map((name) => [name, (...values: readonly unknown[]) => call({ name, values })]);
  return Object.fromEntries(methods) as StoreOperations;
}

/** Does a call that came from elsewhere with a store. */
export function callStore(store: StoreOperations, { name, values }: Call): Promise<unknown> {
  const method = store[name] as (...values: readonly unknown[]) => Promise<unknown>;
  return method.apply(store, [...values]);
}
