import type { IncomingMessage } from "node:http";
import type { StoreOperations } from "../store/store.ts";
import { authorize } from "./authorize.ts";
import { readJson } from "./json-body.ts";
import { listAudit, listUsage } from "./records.ts";
import { listRevocations, revoke } from "./revocations.ts";
import { type ApiAnswer, BadCall, type Route } from "./route.ts";
import { endSession, listSessions } from "./sessions.ts";

/** The whole API; `docs/admin-api.yaml` describes it, and a test holds the two together. */
export const routes: readonly Route[] = [
  { method: "GET", path: "/sessions", handle: listSessions },
  { method: "DELETE", path: "/sessions/{name}", handle: endSession },
  { method: "GET", path: "/revocations", handle: listRevocations },
  { method: "POST", path: "/revocations", handle: revoke },
  { method: "GET", path: "/audit", handle: listAudit },
  { method: "GET", path: "/usage", handle: listUsage },
];

export interface ApiOptions {
  readonly store: StoreOperations;
  /** What callers must show one of. */
  readonly tokens: readonly string[];
}

/** Answers a request to the API; undefined where the path is none of it. Rejects with what nobody foresaw. */
export async function answerApi(options: ApiOptions, request: IncomingMessage): Promise<ApiAnswer | undefined> {
  const url = URL.parse(request.url ?? "/", "http://admin.invalid");
  if (!url) return undefined;
  const matching = routes.flatMap((route) => match(route, url.pathname));
  if (matching.length === 0) return undefined;
  const unauthorized = authorize(request.headers.authorization, options.tokens);
  if (unauthorized) return { status: unauthorized.status, body: { error: unauthorized.error } };
  const found = matching.find(({ route }) => route.method === request.method);
  if (!found)
    return { status: 405, body: { error: `only ${matching.map(({ route }) => route.method).join(" and ")}` } };
  try {
    const body = found.route.method === "POST" ? await readJson(request) : undefined;
    const { store } = options;
    const now = await store.time();
    const call = { store, parameter: found.parameter, query: url.searchParams, body, now };
    return await found.route.handle(call);
  } catch (error) {
    return failureOf(error);
  }
}

/** What the caller did wrong, or that the store did not take it: then nothing was acknowledged. */
function failureOf(error: unknown): ApiAnswer {
  if (error instanceof BadCall) return { status: 400, body: { error: error.message } };
  // From a worker process it comes as a copy, which is of no class of ours any more.
  if (error instanceof Error && /StoreError|NoPlaceError/.test(error.name)) {
    return { status: 503, body: { error: error.message } };
  }
  throw error;
}

interface Match {
  readonly route: Route;
  readonly parameter: string;
}

function match(route: Route, pathname: string): Match[] {
  const [fixed = "", braced] = route.path.split("{");
  if (braced === undefined) return pathname === route.path ? [{ route, parameter: "" }] : [];
  const rest = pathname.startsWith(fixed) ? pathname.slice(fixed.length) : "";
  return /^[\w.~-]+$/.test(rest) ? [{ route, parameter: rest }] : [];
}
