import { Header, isRefusalKind, type Reason, refusalKind, refusalShape } from "@sallyport/shared";
import { pageHeaders, refusalPage } from "./pages.ts";

/** Seconds after which a caller that was refused for load may come again. */
const RETRY_AFTER = "5";

export interface EdgeRefusal {
  readonly reason: Reason;
  readonly detail?: string | undefined;
  /** By which the caller's question and our log find together. */
  readonly reference: string;
  /** The session cookie's name, which one of the original's texts has in it. */
  readonly cookie: string;
}

/** The edge's own no: a page for people, JSON with the original's text for the rest (row P-07). */
export function refuse(request: Request, { reason, reference, cookie }: EdgeRefusal): Response {
  const { edgeStatus, edgeText } = refusalShape(reason);
  const kind = refusalKind(reason);
  if (isNavigation(request)) return page(edgeStatus, refusalPage({ kind, reason, reference }));
  return json(edgeStatus, { error: edgeText.replace("{cookie}", cookie) }, reference);
}

/** The gateway's own no, in the edge's clothes; anything else of the gateway's as it came. */
export function presentAnswer(request: Request, answer: Response): Response {
  const kind = answer.headers.get(Header.refusal);
  const reference = answer.headers.get(Header.request);
  if (kind === null && reference === null) return answer;
  if (kind !== null && isRefusalKind(kind) && isNavigation(request)) {
    return page(answer.status, refusalPage({ kind, reference: reference ?? "" }));
  }
  const bare = new Response(answer.body, answer);
  bare.headers.delete(Header.refusal);
  bare.headers.delete(Header.request);
  return bare;
}

export function page(status: number, html: string, headers: Record<string, string> = {}): Response {
  const retry = status === 503 ? { "retry-after": RETRY_AFTER } : {};
  return new Response(html, { status, headers: { ...pageHeaders(), ...retry, ...headers } });
}

export function json(status: number, value: unknown, reference?: string): Response {
  const headers: Record<string, string> = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  if (reference !== undefined) headers["x-request-id"] = reference;
  if (status === 503) headers["retry-after"] = RETRY_AFTER;
  return new Response(JSON.stringify(value), { status, headers });
}

/** A person looks at the answer: a browser navigates. */
export function isNavigation(request: Request): boolean {
  const mode = request.headers.get("sec-fetch-mode");
  if (mode !== null) return mode === "navigate";
  const accepts = request.headers.get("accept") ?? "";
  return (request.method === "GET" || request.method === "POST") && accepts.includes("text/html");
}
