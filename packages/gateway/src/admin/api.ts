import type { IncomingMessage } from "node:http";
import type { AdminCaller, AdminLedger } from "../ledger/admin-ledger.ts";
import type { StoreOperations } from "../store/store.ts";
import { authorize } from "./authorize.ts";
import { readJson } from "./json-body.ts";
import { listAudit, listUsage } from "./records.ts";
import { listRevocations, revoke } from "./revocations.ts";
import { type ApiAnswer, type ApiCall, BadCall, type Route } from "./route.ts";
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
  readonly ledger: AdminLedger;
  /** For how long (seconds) a revocation holds that says nothing of it. */
  readonly revocationLife: number;
}

/** Answers a request to the API; undefined where the path is none of it. Rejects with what nobody foresaw. */
export async function answerApi(options: ApiOptions, request: IncomingMessage): Promise<ApiAnswer | undefined> {
  const url = URL.parse(request.url ?? "/", "http://admin.invalid");
  if (!url) return undefined;
  const matching = routes.flatMap((route) => match(route, url.pathname));
  const [first] = matching;
  if (!first) return undefined;
  const clientAddress = request.socket.remoteAddress;
  const authorization = authorize(request.headers.authorization, options.tokens);
  if (!authorization.ok) {
    const { reason, status, error } = authorization;
    options.ledger.denied({ clientAddress }, { reason, method: request.method ?? "", route: first.route.path });
    return { status, body: { error } };
  }
  const found = matching.find(({ route }) => route.method === request.method);
  if (!found) {
    const methods = matching.map(({ route }) => route.method);
    return { status: 405, allow: methods.join(", "), body: { error: `only ${methods.join(" and ")}` } };
  }
  const caller = { token: authorization.token, clientAddress };
  return perform(options, { ...found, caller, request, query: url.searchParams });
}

interface Performed extends Match {
  readonly caller: AdminCaller;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
}

async function perform(options: ApiOptions, { route, parameter, caller, request, query }: Performed) {
  const { store, ledger, revocationLife } = options;
  try {
    const body = route.method === "POST" ? await readJson(request) : undefined;
    const record: ApiCall["record"] = (action) => ledger.acts(caller, action);
    return await route.handle({ store, parameter, query, body, now: await store.time(), revocationLife, record });
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
