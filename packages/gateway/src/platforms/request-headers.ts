import { OWN_PREFIX } from "@sallyport/shared";
import { authorityOf, originOfTarget } from "./authority.ts";
import type { HeaderPairs, Passage } from "./platform.ts";

/** Hop-by-hop (RFC 9110, 7.6.1), re-made by us, or telling a controller about the way here. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "origin",
  "referer",
  "cookie",
  "forwarded",
  "via",
  "x-real-ip",
  "x-client-ip",
  "x-original-forwarded-for",
  "true-client-ip",
  "cdn-loop",
  "early-data",
  "priority",
  "alt-used",
  "service-worker",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
]);

const DROPPED_PREFIXES = [OWN_PREFIX, "x-forwarded-", "cf-"];

/** What goes on to any controller: its own Host, Origin and Referer, its cookies, and what concerns only the page. */
export function mapRequestHeaders(passage: Passage): HeaderPairs {
  const pairs = ["Host", authorityOf(passage.target)];
  const listed = connectionListed(passage.headers);
  for (let index = 0; index < passage.headers.length; index += 2) {
    const name = passage.headers[index] as string;
    const lower = name.toLowerCase();
    if (isDropped(lower) || listed.has(lower)) continue;
    pairs.push(name, passage.headers[index + 1] as string);
  }
  if (passage.hasOrigin) pairs.push("Origin", originOfTarget(passage.target));
  const referer = mapReferer(passage);
  if (referer !== undefined) pairs.push("Referer", referer);
  if (passage.cookies !== "") pairs.push("Cookie", passage.cookies);
  return pairs;
}

function isDropped(lower: string): boolean {
  return DROPPED.has(lower) || DROPPED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

const NONE: ReadonlySet<string> = new Set();

/** Names that a Connection header lists are for the previous hop only. */
export function connectionListed(headers: HeaderPairs): ReadonlySet<string> {
  let listed: Set<string> | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    if ((headers[index] as string).toLowerCase() !== "connection") continue;
    listed ??= new Set();
    for (const name of (headers[index + 1] as string).split(",")) listed.add(name.trim().toLowerCase());
  }
  listed?.delete("content-length");
  listed?.delete("content-type");
  return listed ?? NONE;
}

/** A Referer of ours becomes the controller's; a foreign one is nobody's business. */
function mapReferer({ referer, publicOrigin, target }: Passage): string | undefined {
  if (referer === undefined) return undefined;
  if (referer !== publicOrigin && !referer.startsWith(`${publicOrigin}/`)) return undefined;
  return originOfTarget(target) + referer.slice(publicOrigin.length);
}
