import type { UsageBatch, UsageRow } from "../usage.ts";
import type { Db } from "./database.ts";

const TAKE = `INSERT INTO usage_batches (writer, number) VALUES (?, ?)
  ON CONFLICT DO UPDATE SET number = excluded.number WHERE excluded.number > number`;
const ADD = `INSERT INTO usage (hour, principal, tenant, target, received, sent, seconds) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent,
  seconds = seconds + excluded.seconds`;

export function addUsage({ statements }: Db, { writer, number, rows }: UsageBatch): void {
  if (statements.run(TAKE, writer, number) === 0) return;
  for (const { hour, principal, tenant, target, received, sent, seconds } of rows) {
    statements.run(ADD, hour, principal, tenant, target, received, sent, seconds);
  }
}

export function usage({ statements }: Db, from: number, to: number): UsageRow[] {
  return statements.all("SELECT * FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour, principal, target", from, to);
}
