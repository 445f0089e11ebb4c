import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { NoPlaceError, StoreError } from "../store.ts";
import { migrate, refuseNewer } from "./schema.ts";
import { Statements } from "./statements.ts";

/** How long a write waits for another process's, in milliseconds. */
const BUSY_TIMEOUT = 5_000;
/** How long until it asks again where SQLite does not wait by itself, in milliseconds. */
const ASK_AGAIN = 10;

/** An open database with its statements. */
export interface Db {
  readonly database: DatabaseSync;
  readonly statements: Statements;
}

/**
 * Opens (or makes) a database of the newest schema; `:memory:` is one that nobody else sees. `readOnly`: it must be
 * there, may be of an older schema, and is left as it is.
 *
 * @throws StoreError saying what is wrong with the file
 */
export function openDatabase(path: string, readOnly = false): Db {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT, readOnly });
    if (!readOnly) makeReady(database);
    else if (refuseNewer(database) === 0) throw new StoreError(`the store ${path} is empty: no gateway wrote it yet`);
    return { database, statements: new Statements(database) };
  } catch (error) {
    database?.close();
    throw storeError(error, path);
  }
}

function makeReady(database: DatabaseSync): void {
  useWriteAheadLog(database);
  // A commit is on the disk before it is acknowledged.
  database.exec("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
  withinTransaction(database, prepare);
}

/**
 * Readers and one writer do not wait for each other. Where another process makes the same file at this moment, SQLite
 * refuses at once, whatever the timeout: for all it knows the other waits for us.
 */
function useWriteAheadLog(database: DatabaseSync): void {
  const until = performance.now() + BUSY_TIMEOUT;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== BUSY || performance.now() >= until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ASK_AGAIN);
    }
  }
}

function prepare(database: DatabaseSync): void {
  migrate(database);
  const insert = database.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', ?)");
  insert.run(JSON.stringify({ id: randomUUID(), since: Date.now() / 1000 }));
}

/** All or nothing; a second process waits. */
export function withinTransaction(database: DatabaseSync, act: (database: DatabaseSync) => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    act(database);
    database.exec("COMMIT");
  } catch (error) {
    // A full disk or an I/O error has rolled back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

const BUSY = 5;
const CANNOT_OPEN = 14;

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) for which there is something to do. */
const ADVICE: Readonly<Record<number, string>> = {
  [BUSY]: "is locked by another process for too long",
  8: "cannot be written: give the folder and its files to the user that the gateway runs as",
  10: "cannot be read or written: look at the disk",
  11: "is damaged: stop the gateway, move the file away and restore a backup (or start without)",
  13: "cannot be written: the disk is full",
  14: "cannot be opened",
  26: "is no SQLite database: move the file away and restore a backup (or start without)",
};

/** An error of SQLite's in words for whoever operates the gateway. */
export function storeError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const { errcode, message } = error as Error & { errcode?: number };
  const advice = errcode === undefined ? undefined : ADVICE[errcode & 0xff];
  const Kind = errcode === CANNOT_OPEN ? NoPlaceError : StoreError;
  return new Kind(`the store ${path} ${advice ?? "failed"} (${message})`, { cause: error });
}
