import type { ConsumedLink } from "../links.ts";
import type { Revocation, RevocationPage } from "../revocations.ts";
import type { Db } from "./database.ts";

/** AUTOINCREMENT gives a replaced one a new number, by which readers see it. */
const REVOKE = `INSERT OR REPLACE INTO revocations (key, kind, value, before, until, at, note) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const AFTER = `SELECT * FROM revocations WHERE seq > ? ORDER BY seq LIMIT ?`;

export function revoke({ statements }: Db, revocations: readonly Revocation[]): void {
  for (const { key, kind, value, before, until, at, note } of revocations) {
    statements.run(REVOKE, key, kind, value, before, until, at, note);
  }
}

export function revocationsAfter({ statements }: Db, cursor: number, limit: number): RevocationPage {
  const rows = statements.all<Revocation & { seq: number }>(AFTER, cursor, limit);
  return { revocations: rows.map(({ seq: _, ...one }) => one), cursor: rows.at(-1)?.seq ?? cursor };
}

export function newestRevocation({ statements }: Db): number {
  return statements.first<{ seq: number }>("SELECT max(seq) AS seq FROM revocations")?.seq ?? 0;
}

const CONSUME = "INSERT OR IGNORE INTO links (jti, until) VALUES (?, ?)";

export function consume({ statements }: Db, { jti, until }: ConsumedLink): boolean {
  return statements.run(CONSUME, jti, until) === 1;
}

export function restoreLinks(db: Db, links: readonly ConsumedLink[]): void {
  for (const link of links) consume(db, link);
}

export function prune({ statements }: Db, now: number): number {
  const revocations = statements.run("DELETE FROM revocations WHERE until IS NOT NULL AND until <= ?", now);
  return revocations + statements.run("DELETE FROM links WHERE until <= ?", now);
}
