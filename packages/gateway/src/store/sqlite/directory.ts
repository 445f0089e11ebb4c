import { INSTANCE_LIFE, type SessionLimit, type SessionLimits, type SessionRow } from "../directory.ts";
import type { Db } from "./database.ts";

const BEAT = "INSERT INTO instances (instance, beat) VALUES (?, ?) ON CONFLICT DO UPDATE SET beat = excluded.beat";
const OPEN = `INSERT OR REPLACE INTO sessions (instance, name, tokenHash, principal, tenant, address, client, startedAt,
  expiresAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function beat({ statements }: Db, instance: string, now: number): boolean {
  const known = statements.first("SELECT 1 FROM instances WHERE instance = ?", instance);
  statements.run(BEAT, instance, now);
  statements.run("DELETE FROM sessions WHERE instance IN (SELECT instance FROM instances WHERE beat < ?)", gone(now));
  statements.run("DELETE FROM instances WHERE beat < ?", gone(now));
  return known === undefined;
}

export function openSession(db: Db, row: SessionRow, limits: SessionLimits): SessionLimit | undefined {
  const reached = limitReached(db, row, limits);
  if (reached !== undefined) return reached;
  const { instance, name, tokenHash, principal, tenant, address, client, startedAt, expiresAt } = row;
  db.statements.run(OPEN, instance, name, tokenHash, principal, tenant, address, client, startedAt, expiresAt);
  return undefined;
}

const COLUMNS = { token: "tokenHash", principal: "principal", target: "address" } as const;

/** Sessions are counted by name: one that is open in two processes is one. */
function limitReached({ statements }: Db, row: SessionRow, limits: SessionLimits): SessionLimit | undefined {
  return (["token", "principal", "target"] as const).find((limit) => {
    const column = COLUMNS[limit];
    const tenant = limit === "principal" ? "AND tenant IS ?" : "AND ? IS NOT 0";
    const sql = `SELECT count(DISTINCT name) AS open FROM sessions JOIN instances USING (instance)
      WHERE ${column} = ? ${tenant} AND name <> ? AND beat >= ?`;
    const counted = statements.first<{ open: number }>(sql, row[column], row.tenant, row.name, gone(row.startedAt));
    return (counted?.open ?? 0) >= limits[limit];
  });
}

export function closeSessions({ statements }: Db, instance: string, names: readonly string[]): void {
  for (const name of names) statements.run("DELETE FROM sessions WHERE instance = ? AND name = ?", instance, name);
}

const LIVE = "SELECT sessions.* FROM sessions JOIN instances USING (instance) WHERE beat >= ? ORDER BY startedAt, name";

export function sessions({ statements }: Db, now: number): SessionRow[] {
  return statements.all<SessionRow>(LIVE, gone(now));
}

function gone(now: number): number {
  return now - INSTANCE_LIFE;
}
