import { addressInUrl, BROWSER_COOKIE, isOwnCookie, OWN_PREFIX } from "@sallyport/shared";
import { mapToPublic } from "./authority.ts";
import { byName, type HeaderPairs } from "./headers.ts";
import type { AnswerHead, Passage } from "./platform.ts";
import { connectionListed, isListed } from "./request-headers.ts";

/** Hop-by-hop, or speaking for a name that is the provider's and not the controller's. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "transfer-encoding",
  "upgrade",
  "trailer",
  "te",
  "strict-transport-security",
  "public-key-pins",
  "public-key-pins-report-only",
  "expect-ct",
  "alt-svc",
  "server",
  "via",
  "clear-site-data",
  "service-worker-allowed",
  "report-to",
  "nel",
  "reporting-endpoints",
  "set-login",
  // What a browser would keep for the host beyond the session: sessions bound to its keys, dictionaries to unpack with.
  "secure-session-registration",
  "sec-session-registration",
  "secure-session-challenge",
  "sec-session-challenge",
  "use-as-dictionary",
  "origin-agent-cluster",
  "sec-websocket-accept",
  "sec-websocket-extensions",
]);

/** A header's value as it goes on; undefined: it does not. */
type Edit = (value: string, passage: Passage) => string | undefined;

const EDITED: ReadonlyMap<string, Edit> = new Map<string, Edit>([
  ["location", mapReference],
  ["content-location", mapReference],
  ["refresh", mapRefresh],
  ["link", mapLinks],
  ["set-cookie", mapSetCookie],
  ["content-security-policy", mapPolicy],
  ["access-control-allow-origin", mapReference],
]);

const editOf = byName((lower): Edit | "drop" | "keep" =>
  DROPPED.has(lower) || lower.startsWith(OWN_PREFIX) ? "drop" : (EDITED.get(lower) ?? "keep"),
);

/** What a browser gets of any controller's head. */
export function mapResponseHeaders(passage: Passage, { headers }: AnswerHead): HeaderPairs {
  const listed = connectionListed(headers);
  const pairs: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    const edit = editOf(name);
    if (edit === "drop" || isListed(listed, name)) continue;
    const value = headers[index + 1] as string;
    const edited = edit === "keep" ? value : edit(value, passage);
    if (edited !== undefined) pairs.push(name, edited);
  }
  return pairs;
}

function mapReference(value: string, { target, publicOrigin }: Passage): string {
  return mapToPublic(value, target, publicOrigin);
}

/** `5; url=https://10.0.0.7/x` */
function mapRefresh(value: string, passage: Passage): string {
  return value.replace(/^(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?)(.*)$/is, (_, head: string, url: string) => {
    return head + mapReference(url, passage);
  });
}

/** `<https://10.0.0.7/a>; rel=x, <…>`. No reference holds a `<`: looking past one would take the square of the length. */
function mapLinks(value: string, passage: Passage): string {
  return value.replace(/<([^<>]*)>/g, (_, url: string) => `<${mapReference(url, passage)}>`);
}

/** A policy that names the controller, on whatever port, means the page's own origin. */
function mapPolicy(value: string, { target, publicOrigin }: Passage): string {
  const own = addressInUrl(target.address);
  return value
    .split(/(\s+|;)/)
    .map((word) => {
      const [, scheme = "", host] =
        /^(https?:\/\/|wss?:\/\/)?(\[[^\]]*\]|[^:/[]+)(?::(?:[0-9]+|\*))?\/?$/i.exec(word) ?? [];
      if (host?.toLowerCase() !== own) return word;
      return scheme.toLowerCase().startsWith("ws") ? publicOrigin.replace(/^http/, "ws") : publicOrigin;
    })
    .join("");
}

/**
 * A controller sets cookies for its page's host alone: no Domain, always Secure. One that has a name of ours is
 * dropped, and so is one whose `__Host-` or `__Secure-` name a browser would refuse after the edit anyway.
 */
function mapSetCookie(value: string): string | undefined {
  const [pair = "", ...attributes] = value.split(";");
  // Of a cookie without a name the browser sends the value alone, which can look like a name and a value.
  const name = (pair.replace(/^[\s=]+/, "").split("=", 1)[0] ?? "").trim();
  if (isOwnCookie(name, BROWSER_COOKIE)) return undefined;
  const kept = attributes.filter((attribute) => !/^\s*(?:domain|secure)\s*(?:=|$)/i.test(attribute));
  return [pair, ...kept, " Secure"].join(";");
}
