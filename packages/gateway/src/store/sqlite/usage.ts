import type { UsageBatch, UsagePlace, UsageRow, UsageWanted } from "../usage.ts";
import type { Db } from "./database.ts";

const TAKE = `INSERT INTO usage_batches (writer, number) VALUES (?, ?)
  ON CONFLICT DO UPDATE SET number = excluded.number WHERE excluded.number > number`;
const ADD = `INSERT INTO usage (hour, principal, tenant, target, received, sent, seconds) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent,
  seconds = seconds + excluded.seconds`;
const PAGE = `SELECT * FROM usage WHERE hour >= ? AND hour < ? AND (hour, principal, tenant, target) > (?, ?, ?, ?)
  ORDER BY hour, principal, tenant, target LIMIT ?`;
/** Before every row. */
const START: UsagePlace = { hour: -1, principal: "", tenant: "", target: "" };

export function addUsage({ statements }: Db, { writer, number, rows }: UsageBatch): void {
  if (statements.run(TAKE, writer, number) === 0) return;
  for (const { hour, principal, tenant, target, received, sent, seconds } of rows) {
    statements.run(ADD, hour, principal, tenant, target, received, sent, seconds);
  }
}

export function usage({ statements }: Db, { from, to, limit, after = START }: UsageWanted): UsageRow[] {
  const { hour, principal, tenant, target } = after;
  // SQLite goes by the hour alone to where it begins: without the place's it would walk over every page before.
  const first = Math.max(from, hour);
  return statements.all(PAGE, first, to, hour, principal, tenant, target, limit);
}
