import {
  allow,
  cutEnvelope,
  decodeEnvelope,
  deny,
  EDGE_HEADERS,
  type Envelope,
  GATEWAY_COOKIE,
  Header,
  isHeaderText,
  LEGACY_HEADERS,
  OWN_PREFIX,
  PAGE_HEADERS,
  parseEnvelope,
  type Result,
  signAssertion,
  WIRE_VERSION,
} from "@sallyport/shared";
import type { Entrance } from "./gate.ts";
import type { Settings } from "./settings.ts";

/** Headers about the way here. Ours are set anew; nobody else's word for them goes on. */
const FORGED_PREFIXES = [OWN_PREFIX, "x-forwarded-", "cf-"];
const FORGED = new Set(["forwarded", "x-real-ip", "true-client-ip", "cdn-loop"]);

/** The headers towards the gateway, without an assertion: the browser's own and ours. */
export function gatewayHeaders(request: Request, entrance: Entrance, legacyWire: boolean): Headers {
  const headers = new Headers();
  for (const [name, value] of request.headers) {
    if (!FORGED.has(name) && !FORGED_PREFIXES.some((prefix) => name.startsWith(prefix))) headers.append(name, value);
  }
  const { token, claims, sessionId, view, port, controllerCookies } = entrance;
  headers.set("cookie", [`${GATEWAY_COOKIE}=${token}`, controllerCookies].filter(Boolean).join("; "));
  headers.set(Header.host, claims.ip);
  headers.set(Header.port, String(port));
  // The original gateway hands headers that it does not know to the controller.
  if (!legacyWire) headers.set(Header.session, sessionId);
  if (!legacyWire) headers.set(Header.wire, WIRE_VERSION);
  headers.set(Header.forwardedHost, view.host);
  headers.set(Header.forwardedPort, String(view.port));
  headers.set(Header.forwardedProto, view.scheme);
  if (view.clientAddress !== "") headers.set(Header.clientAddress, view.clientAddress);
  copyAuthToken(headers);
  return headers;
}

/** X-Auth-Token once more under a name that nothing between drops. */
export function copyAuthToken(headers: Headers): void {
  const token = headers.get("x-auth-token");
  if (token !== null) headers.set(Header.authToken, token);
}

/** Signs what is about to be sent, where there is an edge key. */
export async function assertRequest(
  outgoing: { readonly method: string; readonly url: URL; readonly headers: Headers },
  { entrance, settings, now }: { entrance: Entrance; settings: Settings; now: number },
): Promise<void> {
  if (settings.edgeKey === undefined) return;
  const { token, claims, port, view, sessionId } = entrance;
  const statement = {
    method: outgoing.method,
    target: outgoing.url.pathname + outgoing.url.search,
    token,
    address: claims.ip,
    port,
    publicOrigin: view.origin,
    clientAddress: view.clientAddress,
    sessionId,
  };
  outgoing.headers.set(Header.assertion, await signAssertion(statement, settings.edgeKey, now));
}

/** Our envelope: what the platform between rewrites or derives from the URL, and no secret. */
export function edgeEnvelope(request: Request): Envelope {
  const envelope: Record<string, string> = { host: new URL(request.url).host };
  for (const name of EDGE_HEADERS) put(envelope, name, request.headers.get(name));
  return envelope;
}

/** The original's envelope (row P-09): all twelve, the session's cookie among them. */
export function legacyEnvelope(request: Request, cookies: string): Envelope {
  const envelope: Record<string, string> = { host: new URL(request.url).host };
  for (const name of LEGACY_HEADERS) put(envelope, name, request.headers.get(name));
  delete envelope["sec-websocket-extensions"];
  envelope.cookie = cookies;
  return envelope;
}

function put(envelope: Record<string, string>, name: string, value: string | null): void {
  if (value !== null && isHeaderText(value)) envelope[name] = value;
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
