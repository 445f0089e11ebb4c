import { OWN_PREFIX } from "@sallyport/shared";
import { authorityOf, originOfTarget } from "./authority.ts";
import { byName, type HeaderPairs, hasHeader } from "./headers.ts";
import type { Passage } from "./platform.ts";

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
  // Asked for anew, see below.
  "accept-encoding",
  // Of use to a page's scripts only; some controllers refuse heads over 8 KiB.
  "dnt",
  "sec-gpc",
  "upgrade-insecure-requests",
]);

const DROPPED_PREFIX = new RegExp(`^(?:${OWN_PREFIX}|x-forwarded-|cf-|sec-ch-)`);

/**
 * What goes on to any controller: its own Host, Origin and Referer, its cookies, and what concerns only the page. gzip
 * is always asked for: some keep their files in no other form, and answer 404 or raw bytes to who does not take it.
 */
export function mapRequestHeaders(passage: Passage): HeaderPairs {
  const pairs = ["Host", authorityOf(passage.target)];
  const listed = connectionListed(passage.headers);
  for (let index = 0; index < passage.headers.length; index += 2) {
    const name = passage.headers[index] as string;
    if (isDropped(name) || isListed(listed, name)) continue;
    pairs.push(name, passage.headers[index + 1] as string);
  }
  pairs.push("Accept-Encoding", "gzip");
  if (passage.hasOrigin) pairs.push("Origin", originOfTarget(passage.pages));
  const referer = mapReferer(passage);
  if (referer !== undefined) pairs.push("Referer", referer);
  if (passage.cookies !== "") pairs.push("Cookie", passage.cookies);
  return pairs;
}

const isDropped = byName((lower) => DROPPED.has(lower) || DROPPED_PREFIX.test(lower));

const NONE: ReadonlySet<string> = new Set();
const CONNECTION = "connection";

/** Names that a Connection header lists are for the previous hop only. */
export function connectionListed(headers: HeaderPairs): ReadonlySet<string> {
  let listed = NONE;
  let all: Set<string> | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.length !== CONNECTION.length || name.toLowerCase() !== CONNECTION) continue;
    const names = namesIn(headers[index + 1] as string);
    if (listed === NONE) listed = names;
    else {
      // One set for however many: what a controller lists in a thousand of them is copied once.
      listed = all ??= new Set(listed);
      for (const one of names) all.add(one);
    }
  }
  return listed;
}

/** What one such header lists. */
const namesIn = byName((value): ReadonlySet<string> => {
  const names = new Set(value.split(",").map((name) => name.trim()));
  names.delete("content-length");
  names.delete("content-type");
  return names;
});

export function isListed(listed: ReadonlySet<string>, name: string): boolean {
  return listed.size > 0 && listed.has(name.toLowerCase());
}

/** A Referer of ours becomes the controller's; a foreign one is nobody's business. */
function mapReferer({ referer, publicOrigin, pages }: Passage): string | undefined {
  if (referer === undefined) return undefined;
  if (referer !== publicOrigin && !referer.startsWith(`${publicOrigin}/`)) return undefined;
  return originOfTarget(pages) + referer.slice(publicOrigin.length);
}

/** With the Origin that a socket must bring, where its client (which is no browser then) brought none. */
export function withOwnOrigin({ upgrade, pages }: Passage, pairs: HeaderPairs): HeaderPairs {
  return !upgrade || hasHeader(pairs, "origin") ? pairs : [...pairs, "Origin", originOfTarget(pages)];
}

/** With the Referer that a controller asks for even where a browser has none to send, as on the page after the entry. */
export function withOwnReferer({ pages, referer }: Passage, pairs: HeaderPairs): HeaderPairs {
  return referer !== undefined || hasHeader(pairs, "referer")
    ? pairs
    : [...pairs, "Referer", `${originOfTarget(pages)}/`];
}
