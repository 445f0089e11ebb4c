import {
  allow,
  cutEnvelope,
  decodeEnvelope,
  deny,
  EDGE_HEADERS,
  type Envelope,
  isHeaderText,
  LEGACY_HEADERS,
  PAGE_HEADERS,
  parseEnvelope,
  type Result,
  readCookies,
  writeCookies,
} from "@sallyport/shared";

/** Our envelope: what the platform between rewrites or derives from the URL, and no secret. */
export function edgeEnvelope(request: Request): Envelope {
  return pack(request, EDGE_HEADERS);
}

/** The original's envelope (row P-09): all twelve, the session's cookie among them. */
export function legacyEnvelope(request: Request, cookies: string): Envelope {
  const envelope: Record<string, string> = { ...pack(request, LEGACY_HEADERS) };
  // Compression would need frames to be taken apart; see forward.ts.
  delete envelope["sec-websocket-extensions"];
  const fitting = readCookies(cookies).filter(({ text }) => isHeaderText(text));
  envelope.cookie = writeCookies(fitting);
  return envelope;
}

function pack(request: Request, names: Iterable<string>): Record<string, string> {
  const envelope: Record<string, string> = {};
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null && isHeaderText(value)) envelope[name] = value;
  }
  envelope.host = new URL(request.url).host;
  return envelope;
}

export interface PageEnvelope {
  /** Path and query without the page's envelope. */
  readonly target: string;
  readonly headers: Envelope;
}

/**
 * A page's own `headers` parameter, by which it gives a WebSocket the headers that a browser does not let it set.
 * One that is no envelope is the controller's business and stays; one with other headers is refused.
 */
export function takePageEnvelope(target: string): Result<PageEnvelope> {
  const { kept, envelope } = cutEnvelope(target);
  if (envelope === undefined || parseEnvelope(envelope) === undefined) return allow({ target, headers: {} });
  const headers = decodeEnvelope(envelope, PAGE_HEADERS);
  return headers.ok ? allow({ target: kept, headers: headers.value }) : deny(headers.reason, headers.detail);
}

/**
 * A path and query without any parameter `headers`, however it is spelt. The original gateway takes the first one for
 * its envelope, and what stands in it for all that the edge says: a visitor's own would speak for the edge.
 */
export function dropHeadersParameters(target: string): string {
  const question = target.indexOf("?");
  if (question < 0) return target;
  const parts = target.slice(question + 1).split("&");
  const kept = parts.filter((part) => !part.split(";").some(isHeadersParameter));
  if (kept.length === parts.length) return target;
  return target.slice(0, question) + (kept.length === 0 ? "" : `?${kept.join("&")}`);
}

function isHeadersParameter(part: string): boolean {
  const [name = ""] = part.split("=", 1);
  try {
    return decodeURIComponent(name) === "headers";
  } catch (error) {
    // Readers of queries leave such a parameter out.
    if (error instanceof URIError) return false;
    throw error;
  }
}
