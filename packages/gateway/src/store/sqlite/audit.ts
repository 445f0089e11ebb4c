import type { AuditAnchor, AuditEntry, AuditHead } from "../audit.ts";
import type { Db } from "./database.ts";

const APPEND = "INSERT OR IGNORE INTO audit (writer, seq, at, body, mac) VALUES (?, ?, ?, ?, ?)";
const RECENT =
  "SELECT * FROM (SELECT * FROM audit ORDER BY at DESC, writer, seq DESC LIMIT ?) ORDER BY at, writer, seq";
/** A writer all of whose records were let go still has its anchor for a head. */
const HEADS = `SELECT writer, seq, mac FROM (SELECT writer, seq, mac FROM audit UNION SELECT writer, seq, mac FROM anchors)
  GROUP BY writer HAVING seq = max(seq) ORDER BY writer`;

export function appendAudit({ statements }: Db, entries: readonly AuditEntry[]): void {
  for (const { writer, seq, at, body, mac } of entries) statements.run(APPEND, writer, seq, at, body, mac);
}

export function auditOf({ statements }: Db, ...[writer, seq, limit]: [string, number, number]): AuditEntry[] {
  return statements.all("SELECT * FROM audit WHERE writer = ? AND seq > ? ORDER BY seq LIMIT ?", writer, seq, limit);
}

export function auditRecent({ statements }: Db, limit: number): AuditEntry[] {
  return statements.all(RECENT, limit);
}

export function auditHeads({ statements }: Db): AuditHead[] {
  return statements.all(HEADS);
}

export function auditAnchors({ statements }: Db): AuditAnchor[] {
  return statements.all("SELECT * FROM anchors ORDER BY writer");
}

export function pruneAudit({ statements }: Db, { writer, seq, mac, signature }: AuditAnchor): void {
  statements.run(
    `INSERT INTO anchors (writer, seq, mac, signature) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET seq = excluded.seq, mac = excluded.mac, signature = excluded.signature WHERE excluded.seq > seq`,
    ...[writer, seq, mac, signature],
  );
  statements.run("DELETE FROM audit WHERE writer = ? AND seq <= ?", writer, seq);
}
