// The common core of the controller emulators: an HTTPS server that keeps a journal of every request as it came,
// counts what it refuses by reason, and knows controller sessions and WebSockets. A controller family is a set of
// routes and rules on top of it (see family.ts); nothing in here knows any family.
import { isIPv6 } from "node:net";
import { type Header, headerValues } from "./raw-headers.ts";

/** Checks that some controllers make and a gateway must satisfy by mapping both headers to the controller's own. */
export interface AuthorityRules {
  /** Host must be the controller's own address and port, else it is answered with this status; true stands for 400. */
  readonly requireHost?: boolean | number;
  /**
   * Origin must be the controller's own: on an upgrade always, on other requests where one is sent; with `upgrades` on
   * these only. Else 403.
   */
  readonly requireOrigin?: boolean | "upgrades";
}

/** `host:port` as a browser writes it for https: brackets around IPv6, no port if it is 443. */
export function formatAuthority(address: string, port: number): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return port === 443 ? host : `${host}:${port}`;
}

/** A refusal for what a request's headers name as its place. */
export interface ForeignPart {
  readonly reason: "host" | "origin";
  readonly status: number;
}

const FORBIDDEN = 403;
const BAD_REQUEST = 400;

/** What is foreign in a request's headers, or undefined if nothing that the rules look at is. */
export function foreignPart(
  request: { readonly headers: readonly Header[]; readonly upgrade: boolean },
  own: string,
  rules: AuthorityRules,
): ForeignPart | undefined {
  const { requireHost = false, requireOrigin = false } = rules;
  if (requireHost !== false && !isOnly(headerValues(request.headers, "Host"), own)) {
    return { reason: "host", status: requireHost === true ? BAD_REQUEST : requireHost };
  }
  if (requireOrigin === false || (requireOrigin === "upgrades" && !request.upgrade)) return undefined;
  const origins = headerValues(request.headers, "Origin");
  if (origins.length === 0 && !request.upgrade) return undefined;
  return isOnly(origins, `https://${own}`) ? undefined : { reason: "origin", status: FORBIDDEN };
}

function isOnly(values: readonly string[], expected: string): boolean {
  return values.length === 1 && values[0] === expected;
}
