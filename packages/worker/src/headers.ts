import { GATEWAY_COOKIE, Header, OWN_PREFIX, readCookies, signAssertion, WIRE_VERSION } from "@sallyport/shared";
import type { Entrance } from "./gate.ts";
import type { Settings } from "./settings.ts";

/** Headers about the way here. Ours are set anew; nobody else's word for them goes on. */
const FORGED_PREFIXES = [OWN_PREFIX, "x-forwarded-", "cf-"];
const FORGED = new Set(["forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cdn-loop"]);
/** For this hop only (RFC 9110, 7.6.1), or answered by whoever takes the request in. */
const HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);

/** The headers towards the gateway, without an assertion: the browser's own and ours. */
export function gatewayHeaders(request: Request, entrance: Entrance, legacyWire: boolean): Headers {
  const headers = browserHeaders(request);
  const { token, claims, sessionId, view, port, controllerCookies } = entrance;
  headers.set("cookie", [`${GATEWAY_COOKIE}=${token}`, controllerCookies].filter(Boolean).join("; "));
  headers.set(Header.host, claims.ip);
  headers.set(Header.port, String(port));
  headers.set(Header.forwardedHost, view.host);
  headers.set(Header.forwardedPort, String(view.port));
  headers.set(Header.forwardedProto, view.scheme);
  if (view.clientAddress !== "") headers.set(Header.clientAddress, view.clientAddress);
  setSessionKey(headers, entrance);
  // The original gateway hands headers that it does not know to the controller.
  if (legacyWire) return headers;
  // Cloudflare lets nobody set CF-Connecting-IP; to a gateway in the Worker's own zone it says what stands here.
  if (view.clientAddress !== "") headers.set("x-real-ip", view.clientAddress);
  headers.set(Header.session, sessionId);
  headers.set(Header.wire, WIRE_VERSION);
  copyAuthToken(headers);
  return headers;
}

function browserHeaders(request: Request): Headers {
  const headers = new Headers();
  for (const [name, value] of request.headers) {
    const dropped = HOP.has(name) || FORGED.has(name) || FORGED_PREFIXES.some((prefix) => name.startsWith(prefix));
    if (!dropped) headers.append(name, value);
  }
  return headers;
}

/** X-Auth-Token once more under a name that nothing between drops. */
export function copyAuthToken(headers: Headers): void {
  const token = headers.get("x-auth-token");
  if (token !== null) headers.set(Header.authToken, token);
}

const FETCH_MODES = new Set(["cors", "same-origin"]);

/**
 * iLO's cookie `sessionKey` as X-PM-Token, which the gateway makes X-Auth-Token of (row P-08). A header made of a
 * cookie takes a controller's protection against other sites' requests away: so for iLO alone, which the token must
 * name, only for what a script of its own page fetches, and never over an X-Auth-Token that the page set itself.
 */
function setSessionKey(headers: Headers, { claims, controllerCookies }: Entrance): void {
  const fetched =
    headers.get("sec-fetch-site") === "same-origin" && FETCH_MODES.has(headers.get("sec-fetch-mode") ?? "");
  if (!fetched || headers.has("x-auth-token") || !/^ilo/i.test(claims.platform ?? "")) return;
  const key = readCookies(controllerCookies).find(({ name }) => name === "sessionKey")?.value;
  if (key) headers.set(Header.token, key);
}

/** Signs what is about to be sent, where there is an edge key and a gateway that reads it. */
export async function assertRequest(
  outgoing: { readonly method: string; readonly target: string; readonly headers: Headers },
  { entrance, settings, now }: { entrance: Entrance; settings: Settings; now: number },
): Promise<void> {
  if (settings.edgeKey === undefined || settings.legacyWire) return;
  const { token, claims, port, view, sessionId } = entrance;
  const statement = {
    method: outgoing.method,
    target: outgoing.target,
    token,
    address: claims.ip,
    port,
    publicOrigin: view.origin,
    clientAddress: view.clientAddress,
    sessionId,
  };
  outgoing.headers.set(Header.assertion, await signAssertion(statement, settings.edgeKey, now));
}
