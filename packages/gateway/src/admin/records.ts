import { z } from "zod";
import type { UsagePlace } from "../store/usage.ts";
import { type ApiAnswer, type ApiCall, BadCall, numberOf } from "./route.ts";

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

/** What flowed, by principal, controller and hour: a page, and what to send as `after` for the next one, if any. */
export async function listUsage({ store, query, now }: ApiCall): Promise<ApiAnswer> {
  const from = numberOf(query, "from", [0, Number.MAX_SAFE_INTEGER, Math.floor(now) - DAY]);
  const to = numberOf(query, "to", [0, Number.MAX_SAFE_INTEGER, Math.ceil(now)]);
  const limit = numberOf(query, "limit", [1, MAX_PAGE, MAX_PAGE]);
  // One more, to know whether there is another page.
  const rows = await store.usage({ from, to, limit: limit + 1, after: placeOf(query.get("after")) });
  const usage = rows.slice(0, limit);
  const last = usage.at(-1);
  const next = rows.length > limit && last ? textOf(last) : undefined;
  return { status: 200, body: { usage, next } };
}

const place = z.tuple([z.int(), z.string(), z.string(), z.string()]);

function textOf({ hour, principal, tenant, target }: UsagePlace): string {
  return Buffer.from(JSON.stringify([hour, principal, tenant, target])).toString("base64url");
}

/** @throws BadCall where it is none of our texts */
function placeOf(text: string | null): UsagePlace | undefined {
  if (text === null) return undefined;
  const parsed = place.safeParse(jsonOf(Buffer.from(text, "base64url").toString()));
  if (!parsed.success) throw new BadCall("after must be the next of the page before");
  const [hour, principal, tenant, target] = parsed.data;
  return { hour, principal, tenant, target };
}

/** Undefined where it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
