import { allow, deny, type Result } from "../result.ts";

/** What a request shows of where it was made (RFC 6454, Fetch Metadata). */
export interface Provenance {
  readonly kind: "upgrade" | "unsafe" | "safe";
  /** Scheme, host and port under which the caller sees us, such as `https://k7.example.com`. */
  readonly publicOrigin: string;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  /** A browser fetches the script of a service worker. */
  readonly serviceWorker: boolean;
  /** The request carries cookies of the controller. */
  readonly controllerCookies: boolean;
}

/** Whether the script of a service worker is asked for (Service Workers, 4.4; Fetch Metadata, 2.1). */
export function asksForServiceWorker(header: string | undefined, fetchDest: string | undefined): boolean {
  return header !== undefined || fetchDest === "serviceworker";
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export function provenanceKind(method: string): "safe" | "unsafe" {
  return SAFE_METHODS.has(method) ? "safe" : "unsafe";
}

/**
 * Refuses requests that another site's page made. Both gates call it before Origin is mapped to the controller's
 * own: mapping a foreign one would launder cross-site requests.
 *
 * - Upgrades need our own Origin; one without any is let pass only with `allowNoOrigin`, and only if nothing in it
 *   speaks of a browser.
 * - Unsafe methods may not show a foreign Origin or Sec-Fetch-Site; a client that shows neither is no browser.
 * - Safe methods from another site may only navigate: no images, scripts or frames' fetches of the controller.
 * - Nobody may install a service worker: it would outlive its session on this host, and read the next one's link.
 */
export function checkOrigin(request: Provenance, allowNoOrigin = false): Result<true> {
  if (request.serviceWorker) return deny("service-worker");
  if (request.kind === "upgrade") return checkUpgrade(request, allowNoOrigin);
  return request.kind === "unsafe" ? checkUnsafe(request) : checkSafe(request);
}

function checkUpgrade(request: Provenance, allowNoOrigin: boolean): Result<true> {
  if (request.fetchSite !== undefined && request.fetchSite !== "same-origin") return deny("origin-foreign", "site");
  if (request.origin !== undefined) return sameOrigin(request) ? allow(true) : deny("origin-foreign");
  const browser = request.fetchSite !== undefined || request.fetchMode !== undefined || request.controllerCookies;
  return allowNoOrigin && !browser ? allow(true) : deny("origin-missing");
}

function checkUnsafe(request: Provenance): Result<true> {
  if (isOwnOpaque(request)) return allow(true);
  if (request.origin !== undefined && !sameOrigin(request)) return deny("origin-foreign");
  const site = request.fetchSite;
  return site === undefined || site === "same-origin" || site === "none" ? allow(true) : deny("origin-foreign", "site");
}

/**
 * A page of our own with `Referrer-Policy: no-referrer` posts its forms with an opaque Origin (Fetch, 3.2); that it is
 * ours the browser still says in Sec-Fetch-Site, which no page can set.
 */
function isOwnOpaque({ origin, fetchSite }: Provenance): boolean {
  return origin === "null" && fetchSite === "same-origin";
}

function checkSafe(request: Provenance): Result<true> {
  const foreign = request.fetchSite === "cross-site" || request.fetchSite === "same-site";
  if (foreign && request.fetchMode !== "navigate") return deny("origin-foreign", "site");
  return allow(true);
}

/** An opaque origin is like no other, itself included (HTML, 7.1.1): not even where nobody says what ours is. */
function sameOrigin(request: Provenance): boolean {
  return request.origin === request.publicOrigin && request.origin !== "null";
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ":80", https: ":443" };

/** An origin as a browser serialises it: lower case, without a default port. */
export function originOf(scheme: string, host: string): string {
  const lower = host.toLowerCase();
  const port = DEFAULT_PORTS[scheme];
  return `${scheme}://${port !== undefined && lower.endsWith(port) ? lower.slice(0, -port.length) : lower}`;
}
