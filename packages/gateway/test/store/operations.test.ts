import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { isRead, type OperationName, operations, perform } from "../../src/store/sqlite/operations.ts";

const session = { instance: "i", name: "n", tokenHash: "h", principal: "p", tenant: "t", address: "10.20.3.7" };
const anchor = { writer: "w", seq: 1, mac: "m", signature: "s" };

/** Each operation with values that make it read, or write, a row. */
const examples: Readonly<Record<OperationName, readonly unknown[]>> = {
  epoch: [],
  time: [],
  revoke: [[{ key: "jti:1", kind: "jti", value: "1", at: 1 }]],
  revocationsAfter: [0, 10],
  consume: [{ jti: "1", until: 2 }],
  restoreLinks: [[{ jti: "1", until: 2 }]],
  prune: [3],
  beat: ["i", 1],
  openSession: [{ ...session, client: "127.0.0.1", startedAt: 1, expiresAt: 2 }, {}],
  closeSessions: ["i", ["n"]],
  sessions: [1],
  appendAudit: [[{ writer: "w", seq: 1, at: 1, body: "{}", mac: "m" }]],
  auditOf: ["w", 0, 10],
  auditRecent: [10],
  auditHeads: [],
  auditAnchors: [],
  pruneAudit: [anchor],
  addUsage: [{ writer: "w", number: 1, rows: [] }],
  usage: [{ from: 0, to: 10, limit: 10 }],
  rememberPlatform: [{ target: "https 10.20.3.7 443", platform: "ilo", until: 10 }],
  platformOf: ["https 10.20.3.7 443", 9],
};

test.each(Object.keys(operations) as OperationName[])(
  "%s goes without a transaction only if it changes nothing",
  (name) => {
    const db = openDatabase(":memory:");
    try {
      db.database.exec("PRAGMA query_only = ON");
      const call = { name, values: examples[name] };
      if (isRead(call)) expect(() => perform(db, call)).not.toThrow();
      else expect(() => perform(db, call)).toThrow("readonly");
    } finally {
      db.database.close();
    }
  },
);
