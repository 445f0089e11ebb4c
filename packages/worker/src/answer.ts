import {
  Header,
  isOwnCookie,
  isRefusalKind,
  OWN_PREFIX,
  type Reason,
  refusalKind,
  refusalShape,
} from "@sallyport/shared";
import { renderPage } from "./page-layout.ts";
import { type RefusalPage, refusalPage } from "./pages.ts";

/** Seconds after which a caller that was refused for load may come again. */
const RETRY_AFTER = "5";

/** What settings say that stands in refusals. */
export interface RefusalNames {
  /** The session cookie's name, which one of the original's texts has in it. */
  readonly cookie: string;
  /** The provider's page, for whom a link or a session is over. */
  readonly renewUrl?: string | undefined;
}

export interface EdgeRefusal extends RefusalNames {
  readonly reason: Reason;
  /** By which the caller's question and our log find together. */
  readonly reference: string;
}

/** The edge's own no: a page for people, JSON with the original's text for the rest (row P-07). */
export function refuse(request: Request, { reason, reference, cookie, renewUrl }: EdgeRefusal): Response {
  const { edgeStatus, edgeText } = refusalShape(reason);
  const kind = refusalKind(reason);
  if (isNavigation(request)) return refusalResponse(request, edgeStatus, { kind, reason, reference, renewUrl });
  return json(edgeStatus, { error: edgeText.replace("{cookie}", cookie) }, reference);
}

/**
 * The gateway's own no, in the edge's clothes; anything else as it came, but for what is between gateway and edge alone,
 * and for cookies by which a controller would choose its visitor's session.
 */
export function presentAnswer(request: Request, answer: Response, { cookie, renewUrl }: RefusalNames): Response {
  const kind = answer.headers.get(Header.refusal);
  if (kind !== null && isRefusalKind(kind) && isNavigation(request)) {
    const reference = answer.headers.get(Header.request) ?? "";
    return refusalResponse(request, answer.status, { kind, reference, renewUrl });
  }
  return withoutOurs(answer, cookie);
}

/** They speak for a whole domain, which is the provider's. Our gateway drops them; the original's does not. */
const FOR_THE_DOMAIN = new Set(["clear-site-data", "strict-transport-security", "public-key-pins"]);

function withoutOurs(answer: Response, own: string): Response {
  const cookies = answer.headers.getSetCookie();
  const foreign = cookies.filter((text) => !isOwnCookie(cookieName(text), own));
  const hidden = [...answer.headers.keys()].filter((name) => name.startsWith(OWN_PREFIX) || FOR_THE_DOMAIN.has(name));
  if (hidden.length === 0 && foreign.length === cookies.length) return answer;
  // The WebSocket of a 101 goes along.
  const cleaned = new Response(answer.body, answer);
  for (const name of hidden) cleaned.headers.delete(name);
  cleaned.headers.delete("set-cookie");
  for (const text of foreign) cleaned.headers.append("set-cookie", text);
  return cleaned;
}

/** Of a cookie without a name the browser sends the value alone, which can look like a name and a value. */
function cookieName(text: string): string {
  return (text.replace(/^[\s=]+/, "").split(/[=;]/, 1)[0] ?? "").trim();
}

function refusalResponse(request: Request, status: number, content: RefusalPage): Response {
  const headers = isForLater(status) ? { "retry-after": RETRY_AFTER } : {};
  return renderPage(refusalPage(content), { status, framed: isOwnFrame(request), headers });
}

function isForLater(status: number): boolean {
  return status === 503 || status === 429;
}

export function json(status: number, value: unknown, reference?: string): Response {
  const headers: Record<string, string> = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  if (reference !== undefined) headers["x-request-id"] = reference;
  if (isForLater(status)) headers["retry-after"] = RETRY_AFTER;
  return new Response(JSON.stringify(value), { status, headers });
}

/** A person looks at the answer: a browser navigates. */
export function isNavigation(request: Request): boolean {
  const mode = request.headers.get("sec-fetch-mode");
  if (mode !== null) return mode === "navigate";
  const accepts = request.headers.get("accept") ?? "";
  return (request.method === "GET" || request.method === "POST") && accepts.includes("text/html");
}

/** A frame of the controller's own page: what is refused there should be seen to be, and not just be empty. */
function isOwnFrame({ headers }: Request): boolean {
  const dest = headers.get("sec-fetch-dest") ?? "";
  return (dest === "iframe" || dest === "frame") && headers.get("sec-fetch-site") === "same-origin";
}
