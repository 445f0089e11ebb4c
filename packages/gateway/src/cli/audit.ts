import { askAdmin, dateText, type JsonOption, plain, table } from "./admin-client.ts";
import type { World } from "./environment.ts";

export interface AuditOptions extends JsonOption {
  readonly limit: string;
}

type AuditRow = Readonly<Record<string, unknown>> & { readonly at: number };

/** Shows the newest records; with `--json` each as a line of its own. */
export async function showAudit(world: World, options: AuditOptions): Promise<void> {
  const path = `/audit?limit=${encodeURIComponent(options.limit)}`;
  const { records } = (await askAdmin(world, options, { path })) as { records: readonly AuditRow[] };
  if (options.json) {
    for (const record of records) world.out(`${JSON.stringify(record)}\n`);
    return;
  }
  const columns = ["event", "session", "principal", "address", "clientAddress", "reason", "count"] as const;
  const rows = records.map((record) => {
    // What an admin does stands where others have the reason.
    const shown: AuditRow = { ...record, reason: record.reason ?? record.action };
    return [dateText(record.at), ...columns.map((name) => plain(shown[name]))];
  });
  world.out(table(["at", "event", "session", "principal", "target", "client", "reason", "count"], rows));
}
