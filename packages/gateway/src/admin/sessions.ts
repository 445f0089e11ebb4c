import { revocationKey } from "../store/revocations.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** How long (seconds) an ended session is kept out at least. */
const AT_LEAST = 86_400;

/** Who is inside, in all processes. */
export async function listSessions({ store, now, query }: ApiCall): Promise<ApiAnswer> {
  const rows = await store.sessions(now);
  const filters = ["principal", "tenant", "address", "name"] as const;
  const wanted = filters.filter((name) => query.has(name));
  return {
    status: 200,
    body: { sessions: rows.filter((row) => wanted.every((name) => row[name] === query.get(name))) },
  };
}

/** Ends a session everywhere, and keeps it from being opened again. Its link may open another. */
export async function endSession({ store, now, parameter: name, record }: ApiCall): Promise<ApiAnswer> {
  const rows = (await store.sessions(now)).filter((row) => row.name === name);
  if (rows.length === 0) return { status: 404, body: { error: "no session of this name is open" } };
  // It may be renewed at this moment: what is known of its end may be too early.
  const until = Math.max(now + AT_LEAST, ...rows.map(({ expiresAt }) => expiresAt));
  await record({ action: "end-session", session: name });
  await store.revoke([{ key: revocationKey("session", name), kind: "session", value: name, until, at: now }]);
  return { status: 204 };
}
