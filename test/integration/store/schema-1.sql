-- A store file as version 1 of the schema left it.
BEGIN TRANSACTION;
CREATE TABLE anchors (writer TEXT PRIMARY KEY, seq INTEGER NOT NULL, mac TEXT NOT NULL, signature TEXT NOT NULL)
     WITHOUT ROWID;
CREATE TABLE audit (writer TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL,
     mac TEXT NOT NULL, PRIMARY KEY (writer, seq)) WITHOUT ROWID;
INSERT INTO "audit" VALUES('w',1,1790000000.0,'{"event":"start"}','m');
CREATE TABLE instances (instance TEXT PRIMARY KEY, beat REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE links (jti TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
INSERT INTO "links" VALUES('once',4000000000.0);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "meta" VALUES('epoch','{"id":"af82756e-4252-48a5-a676-2f307de9fac7","since":1795258323.565}');
CREATE TABLE revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
     value TEXT, before REAL, until REAL, at REAL NOT NULL, note TEXT);
INSERT INTO "revocations" VALUES(1,'tdmgAr62s5UsRDG0vQBPug','jti','4711',NULL,NULL,1790000000.0,'lost laptop');
INSERT INTO "revocations" VALUES(2,'gmF_D8q-9atfkwZP_uh42g','principal','customer-42',1790000000.5,4000000000.0,1790000001.0,NULL);
CREATE TABLE sessions (instance TEXT NOT NULL, name TEXT NOT NULL, tokenHash TEXT NOT NULL, principal TEXT NOT NULL,
     tenant TEXT, address TEXT NOT NULL, client TEXT, startedAt REAL NOT NULL, expiresAt REAL NOT NULL,
     PRIMARY KEY (instance, name)) WITHOUT ROWID;
CREATE TABLE usage (hour INTEGER NOT NULL, principal TEXT NOT NULL, tenant TEXT NOT NULL, target TEXT NOT NULL,
     received INTEGER NOT NULL, sent INTEGER NOT NULL, seconds REAL NOT NULL,
     PRIMARY KEY (hour, principal, tenant, target)) WITHOUT ROWID;
INSERT INTO "usage" VALUES(1789999200,'customer-42','','10.20.3.7',10,20,1.5);
CREATE TABLE usage_batches (writer TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "usage_batches" VALUES('w',1);
CREATE INDEX revocations_until ON revocations (until) WHERE until IS NOT NULL;
CREATE INDEX links_until ON links (until);
CREATE INDEX sessions_token ON sessions (tokenHash);
CREATE INDEX sessions_principal ON sessions (principal);
CREATE INDEX sessions_address ON sessions (address);
CREATE INDEX audit_at ON audit (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('revocations',2);
COMMIT;
PRAGMA user_version = 1;
