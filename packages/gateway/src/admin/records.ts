import { type ApiAnswer, type ApiCall, numberOf } from "./route.ts";

const PAGE = 100;
const MAX_PAGE = 10_000;
const DAY = 86_400;

/** The newest records of the audit trail, oldest first; with `writer`, one chain from `after` on. */
export async function listAudit({ store, query }: ApiCall): Promise<ApiAnswer> {
  const limit = numberOf(query, "limit", [1, MAX_PAGE, PAGE]);
  const writer = query.get("writer");
  const after = numberOf(query, "after", [0, Number.MAX_SAFE_INTEGER, 0]);
  const entries = writer === null ? await store.auditRecent(limit) : await store.auditOf(writer, after, limit);
  return { status: 200, body: { records: entries.map(({ body, ...entry }) => ({ ...entry, ...JSON.parse(body) })) } };
}

/** What flowed, by principal, controller and hour. */
export async function listUsage({ store, query, now }: ApiCall): Promise<ApiAnswer> {
  const from = numberOf(query, "from", [0, Number.MAX_SAFE_INTEGER, Math.floor(now) - DAY]);
  const to = numberOf(query, "to", [0, Number.MAX_SAFE_INTEGER, Math.ceil(now)]);
  return { status: 200, body: { usage: await store.usage(from, to) } };
}
