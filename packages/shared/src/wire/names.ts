/** Names that cross between browser, edge and origin. Header names are in lower case. */

/** Where a link enters. */
export const ENTRY_PATH = "/gpsession";
/** Where a session is ended by its owner. */
export const END_PATH = "/gpsession/end";
/** Where the edge has the gateway use up a link that works once. */
export const USE_PATH = "/gpsession/use";

/** What the gateway itself answers or reads on a controller's host; no controller has paths of this form. */
export const RESERVED_PATH = "/.sallyport/";
/** The script that tells a page's customer of the session's end, where the edge adds it to pages. */
export const NOTICE_SCRIPT_PATH = "/.sallyport/session.js";
/** Where the provider's page hands over a fresh token, behind a `#`. The edge's own, as is the next one. */
export const RENEWED_PATH = "/.sallyport/renewed";
/** The BroadcastChannel by which a page of the session tells the others of a renewal. */
export const RENEWED_CHANNEL = "sallyport-renewed";
/** How long the session of the asking page still lasts. */
export const SESSION_PATH = "/.sallyport/session";
/** The script that leads a page's sockets on second ports through our one. */
export const SOCKETS_SCRIPT_PATH = "/.sallyport/sockets.js";
/** `/.sallyport/port/5900/vkvm/`: a WebSocket at `/vkvm/` on the controller's port 5900. */
export const SECOND_PORT_PATH = "/.sallyport/port/";

/** The cookie's name towards the gateway (row P-03). */
export const GATEWAY_COOKIE = "pm-session";
/** The cookie's name towards browsers, by default: the prefix keeps sibling hosts from setting it. */
export const BROWSER_COOKIE = "__Host-pm-session";
/** The cookie that holds the session's id, towards browsers. */
export const BROWSER_ID_COOKIE = "__Host-pm-sid";
/** The cookie that holds the marks of what was in the browser before a session began. */
export const BROWSER_OLD_COOKIE = "__Host-pm-old";

/** Headers between edge and origin. Every name begins with `x-pm-`, or is one that row P-08 names. */
export const Header = {
  /** The controller's address. */
  host: "x-pm-host",
  /** The controller's port, where the edge has an opinion. */
  port: "x-pm-port",
  /** The value of the cookie `sessionKey` (iLO), from an original edge. */
  token: "x-pm-token",
  /** A copy of X-Auth-Token, in case the network between drops that name. */
  authToken: "x-pm-auth-token",
  /** The session's id. */
  session: "x-pm-session",
  /** `2` from our edge: the path is exact, secrets are real headers. */
  wire: "x-pm-wire",
  /** The edge's signed statement. */
  assertion: "x-pm-assertion",
  /** A fresh token, on a renewal. */
  renewal: "x-pm-renewal",
  /** The session's own token, in the gateway's answer about a link that works once. */
  minted: "x-pm-minted",
  /** The kind of a refusal that is the gateway's own, in its answer. */
  refusal: "x-pm-refusal",
  /** The request's id, in the gateway's answer to the edge. */
  request: "x-pm-request",
  forwardedHost: "x-forwarded-host",
  forwardedPort: "x-forwarded-port",
  forwardedProto: "x-forwarded-proto",
  clientAddress: "cf-connecting-ip",
} as const;

export const OWN_PREFIX = "x-pm-";
export const WIRE_VERSION = "2";

const OWN_COOKIES: ReadonlySet<string> = new Set([
  GATEWAY_COOKIE,
  BROWSER_COOKIE,
  BROWSER_ID_COOKIE,
  BROWSER_OLD_COOKIE,
]);

/** The browser's own cookies of ours: never the controller's business. */
export function isOwnCookie(name: string, configured: string): boolean {
  return name === configured || OWN_COOKIES.has(name);
}
