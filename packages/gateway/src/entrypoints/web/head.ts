// Browsers behind the edge: bytes become attempts, refusals become bytes.
// Nothing here verifies, decides, counts or picks: it asks admission, then relays.
import { allow, type Cookie, deny, type Result, readCookies } from "@sallyport/shared";
import { byName } from "../../platforms/headers.ts";
import { isSingle, SingleHeaders } from "./single-headers.ts";

/** A request's header section, read once. */
export interface Head {
  /** Values of the headers that may stand only once, by lower-case name. */
  readonly single: Pick<SingleHeaders, "get" | "has">;
  readonly cookies: readonly Cookie[];
  /** Every Accept-Encoding, joined; empty where there is none. */
  readonly acceptEncoding: string;
  /** Names and values in turn, as received. */
  readonly raw: readonly string[];
}

/** A browser sends some 30, and Cloudflare puts a dozen beside them. */
const MAX_HEADERS = 256;

/** What of a request's header is read here. */
const kindOf = byName((lower) => {
  if (lower === "cookie" || lower === "accept-encoding") return lower;
  return isSingle(lower) ? { single: lower } : "other";
});

/** The longest Cookie header that is remembered, in characters: connections hold little that they made up. */
const MAX_REMEMBERED = 4096;

/** What each connection's last Cookie header said: a browser brings the same one with nearly every request. */
const lastCookies = new WeakMap<object, { readonly header: string; readonly cookies: readonly Cookie[] }>();

/**
 * Reads raw header pairs; `connection` is theirs where more requests may follow. Refuses with `request-repeated-header`
 * what stands twice and must not.
 */
export function readHead(raw: readonly string[], connection?: object): Result<Head> {
  if (raw.length > 2 * MAX_HEADERS) return deny("envelope-too-large", "headers");
  const single = new SingleHeaders();
  const cookies: Cookie[] = [];
  let acceptEncoding = "";
  for (let index = 0; index < raw.length; index += 2) {
    const kind = kindOf(raw[index] as string);
    if (kind === "other") continue;
    const value = raw[index + 1] as string;
    if (kind === "cookie") cookies.push(...cookiesOf(value, connection));
    else if (kind === "accept-encoding") acceptEncoding += `${value},`;
    else if (!single.add(kind.single, value)) return deny("request-repeated-header", kind.single);
  }
  return allow({ single, cookies, acceptEncoding, raw });
}

/** The same strings for the same text: V8 need not intern them again where something is looked up by one of them. */
function cookiesOf(header: string, connection: object | undefined): readonly Cookie[] {
  if (!connection || header.length > MAX_REMEMBERED) return readCookies(header);
  const last = lastCookies.get(connection);
  if (last?.header === header) return last.cookies;
  const cookies = readCookies(header);
  lastCookies.set(connection, { header, cookies });
  return cookies;
}
