import {
  allow,
  type Claims,
  cookieValues,
  deny,
  END_PATH,
  ENTRY_PATH,
  Header,
  narrows,
  type Result,
  randomId,
  readCookies,
  type VerifiedToken,
} from "@sallyport/shared";
import { isNavigation, json, page } from "./answer.ts";
import { type ForwardParts, forward } from "./forward.ts";
import type { Entrance, Gate } from "./gate.ts";
import { endedPage, entryPage, pageHeaders } from "./pages.ts";
import { clearSession, expireOthers, setSession } from "./session-cookies.ts";
import { type PublicView, publicView, sessionIdOf } from "./view.ts";

export interface SessionParts extends ForwardParts {
  readonly gate: Gate;
}

/** Form bodies are one token. */
const MAX_FORM = 16 * 1024;
/** Never "cookies": that empties the whole registrable domain, the provider's portal included. */
const CLEARED = '"cache", "storage"';

/** `GET /gpsession?token=…`: a link is opened. A HEAD, by which scanners look at links, is told that much and no more. */
export async function enterByLink(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const token = new URL(request.url).searchParams.get("token") ?? "";
  if (request.method !== "HEAD") return enter(parts, request, token);
  const verified = await parts.gate.checkToken(token, publicView(request), parts.now());
  return verified.ok ? allow(new Response(null, { headers: { "cache-control": "no-store" } })) : verified;
}

/** `POST /gpsession`: a portal hands a customer over, or a page of the session renews it. */
export async function enterByPost(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const origin = request.headers.get("origin");
  const token = await readToken(request);
  if (origin === null) return deny("origin-missing");
  if (parts.settings.portalOrigins.includes(origin)) return enter(parts, request, token);
  return origin === publicView(request).origin ? renew(parts, request, token) : deny("origin-foreign");
}

async function readToken(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_FORM) return "";
  const text = await request.text();
  if (text.length > MAX_FORM) return "";
  if (!request.headers.get("content-type")?.includes("json")) return new URLSearchParams(text).get("token") ?? "";
  try {
    const value: unknown = JSON.parse(text);
    const token = (value as { token?: unknown } | null)?.token;
    return typeof token === "string" ? token : "";
  } catch {
    return "";
  }
}

/** A session that this browser had on this host before. */
interface Earlier {
  readonly entrance: Entrance;
  readonly claims: Claims;
}

async function enter(parts: SessionParts, request: Request, token: string): Promise<Result<Response>> {
  if (token === "") return deny("token-missing");
  const view = publicView(request);
  const now = parts.now();
  const verified = await parts.gate.checkToken(token, view, now);
  if (!verified.ok) return verified;
  const earlier = await earlierSession(parts, request, view);
  const other = earlier !== undefined && !isSameCustomer(earlier.claims, verified.value.claims);
  if (other) await endAtGateway(parts, earlier.entrance, "?reason=replaced");
  const again = earlier?.entrance.token === token;
  const sessionId = again ? earlier.entrance.sessionId : randomId();
  return allow(
    entryAnswer(parts, request, { token, verified: verified.value, sessionId, other, known: earlier && !other }),
  );
}

interface Entry {
  readonly token: string;
  readonly verified: VerifiedToken;
  readonly sessionId: string;
  /** A session for another controller or customer was ended. */
  readonly other: boolean;
  /** This customer had this controller open already: its log-in there goes on. */
  readonly known: boolean | undefined;
}

function entryAnswer({ settings, now }: SessionParts, request: Request, entry: Entry): Response {
  const { token, verified, sessionId, other, known } = entry;
  const remaining = verified.claims.exp - now();
  const headers = new Headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  for (const cookie of setSession({ name: settings.cookie, token, sessionId, remaining })) {
    headers.append("set-cookie", cookie);
  }
  if (!known) clearEarlier(headers, request, settings.cookie);
  if (!isNavigation(request)) {
    headers.set("location", "/");
    return new Response(null, { status: 302, headers });
  }
  const nonce = randomId();
  for (const [name, value] of Object.entries(pageHeaders(nonce))) headers.set(name, value);
  return new Response(entryPage({ nonce, replaced: other }), { headers });
}

function clearEarlier(headers: Headers, request: Request, own: string): void {
  headers.set("clear-site-data", CLEARED);
  const cookies = readCookies(request.headers.get("cookie") ?? undefined);
  for (const cookie of expireOthers(cookies, own)) headers.append("set-cookie", cookie);
}

function isSameCustomer(one: Claims, other: Claims): boolean {
  return one.ip === other.ip && one.sub === other.sub && one.tenant === other.tenant;
}

/** The still valid session whose cookies the request carries. */
async function earlierSession(parts: SessionParts, request: Request, view: PublicView): Promise<Earlier | undefined> {
  const { settings, gate, now } = parts;
  const cookies = readCookies(request.headers.get("cookie") ?? undefined);
  const [token, ...more] = cookieValues(cookies, settings.cookie);
  if (token === undefined || more.length > 0) return undefined;
  const verified = await gate.checkToken(token, view, now());
  if (!verified.ok) return undefined;
  const { claims, hash } = verified.value;
  const sessionId = sessionIdOf(cookies) ?? hash;
  const port = claims.port ?? settings.pmPort ?? view.port;
  return { claims, entrance: { token, claims, sessionId, controllerCookies: "", view, port } };
}

/** `POST /gpsession` from the session's own page: what is open goes on until the fresh token's expiry. */
async function renew(parts: SessionParts, request: Request, token: string): Promise<Result<Response>> {
  const { settings, gate, now } = parts;
  const admitted = await gate.check(request, now());
  if (!admitted.ok) return admitted;
  const current = admitted.value;
  const fresh = await gate.checkToken(token, current.view, now());
  if (!fresh.ok) return fresh;
  const { claims } = fresh.value;
  if (!narrows(current.claims, claims)) return deny("renewal-refused");
  const told = await tellGateway(parts, current, { path: ENTRY_PATH, headers: { [Header.renewal]: token } });
  if (!told.ok) return told;
  if (told.value.headers.has(Header.refusal)) return deny("renewal-refused", "gateway");
  const answer = json(200, { expires: claims.exp });
  const { sessionId } = current;
  for (const cookie of setSession({ name: settings.cookie, token, sessionId, remaining: claims.exp - now() })) {
    answer.headers.append("set-cookie", cookie);
  }
  return allow(answer);
}

/** `POST /gpsession/end` from the session's own page: its connections end, its cookies go. */
export async function endSession(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const admitted = await parts.gate.check(request, parts.now());
  if (!admitted.ok) return admitted;
  if (request.headers.get("origin") !== admitted.value.view.origin) return deny("origin-missing");
  const told = await endAtGateway(parts, admitted.value, "");
  if (!told.ok) return told;
  const answer = isNavigation(request) ? page(200, endedPage()) : json(200, { ended: true });
  for (const cookie of clearSession(parts.settings.cookie)) answer.headers.append("set-cookie", cookie);
  clearEarlier(answer.headers, request, parts.settings.cookie);
  return allow(answer);
}

function endAtGateway(parts: SessionParts, entrance: Entrance, query: string): Promise<Result<Response>> {
  return tellGateway(parts, entrance, { path: END_PATH + query, headers: {} });
}

/** A request of the edge's own about a session, in the session's name. */
function tellGateway(
  parts: SessionParts,
  entrance: Entrance,
  { path, headers }: { readonly path: string; readonly headers: Record<string, string> },
): Promise<Result<Response>> {
  const { origin } = entrance.view;
  const request = new Request(origin + path, { method: "POST", headers: { origin } });
  return forward(parts, request, { ...entrance, controllerCookies: "" }, headers);
}
