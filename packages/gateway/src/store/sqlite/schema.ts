// SQLite behind the store's interface: operations as synchronous functions over one database, and who calls them, in a
// thread of its own (a file) or directly (memory).
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";

/** Steps of the schema, one a version. A step that was released is never changed: another one is added. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
     value TEXT, before REAL, until REAL, at REAL NOT NULL, note TEXT);
   CREATE INDEX revocations_until ON revocations (until) WHERE until IS NOT NULL;
   CREATE TABLE links (jti TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
   CREATE INDEX links_until ON links (until);
   CREATE TABLE instances (instance TEXT PRIMARY KEY, beat REAL NOT NULL) WITHOUT ROWID;
   CREATE TABLE sessions (instance TEXT NOT NULL, name TEXT NOT NULL, tokenHash TEXT NOT NULL, principal TEXT NOT NULL,
     tenant TEXT, address TEXT NOT NULL, client TEXT, startedAt REAL NOT NULL, expiresAt REAL NOT NULL,
     PRIMARY KEY (instance, name)) WITHOUT ROWID;
   CREATE INDEX sessions_token ON sessions (tokenHash);
   CREATE INDEX sessions_principal ON sessions (principal);
   CREATE INDEX sessions_address ON sessions (address);
   CREATE TABLE audit (writer TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL,
     mac TEXT NOT NULL, PRIMARY KEY (writer, seq)) WITHOUT ROWID;
   CREATE INDEX audit_at ON audit (at);
   CREATE TABLE anchors (writer TEXT PRIMARY KEY, seq INTEGER NOT NULL, mac TEXT NOT NULL, signature TEXT NOT NULL)
     WITHOUT ROWID;
   CREATE TABLE usage (hour INTEGER NOT NULL, principal TEXT NOT NULL, tenant TEXT NOT NULL, target TEXT NOT NULL,
     received INTEGER NOT NULL, sent INTEGER NOT NULL, seconds REAL NOT NULL,
     PRIMARY KEY (hour, principal, tenant, target)) WITHOUT ROWID;
   CREATE TABLE usage_batches (writer TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;`,
  `CREATE TABLE platforms (target TEXT PRIMARY KEY, platform TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
   CREATE INDEX platforms_until ON platforms (until);`,
];

/** Brings a database to the newest schema. @throws StoreError where it is of a newer version of ours. */
export function migrate(database: DatabaseSync): void {
  const version = refuseNewer(database);
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) database.exec(`${step} PRAGMA user_version = ${index + 1};`);
  }
}

/** Which of our schemas a database has. @throws StoreError where it is one of a newer version of ours. */
export function refuseNewer(database: DatabaseSync): number {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version <= MIGRATIONS.length) return version;
  throw new StoreError(
    `the store was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length}): run that version, or set another DATA_DIR`,
  );
}
