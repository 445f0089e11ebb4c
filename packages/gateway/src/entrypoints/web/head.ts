// Browsers behind the edge: bytes become attempts, refusals become bytes.
// Nothing here verifies, decides, counts or picks: it asks admission, then relays.
import { allow, type Cookie, deny, Header, OWN_PREFIX, type Result, readCookies } from "@sallyport/shared";

/** A request's header section, read once. */
export interface Head {
  /** Values of the headers that may stand only once, by lower-case name. */
  readonly single: ReadonlyMap<string, string>;
  readonly cookies: readonly Cookie[];
  /** Every Accept-Encoding, joined; empty where there is none. */
  readonly acceptEncoding: string;
  /** Names and values in turn, as received. */
  readonly raw: readonly string[];
}

/** Headers by which somebody could be misled if two stood in one request (a browser's own beside the edge's). */
const SINGLE = new Set<string>([
  "host",
  "origin",
  "referer",
  "content-length",
  "transfer-encoding",
  "sec-fetch-site",
  "sec-fetch-mode",
  "sec-fetch-dest",
  "service-worker",
  "sec-websocket-key",
  "sec-websocket-version",
  "upgrade",
  "x-auth-token",
  Header.forwardedHost,
  Header.forwardedPort,
  Header.forwardedProto,
  Header.clientAddress,
]);

/** A browser sends some 30, and Cloudflare puts a dozen beside them. */
const MAX_HEADERS = 256;

/** Reads raw header pairs. Refuses with `request-repeated-header` what stands twice and must not. */
export function readHead(raw: readonly string[]): Result<Head> {
  if (raw.length > 2 * MAX_HEADERS) return deny("envelope-too-large", "headers");
  const single = new Map<string, string>();
  const cookies: Cookie[] = [];
  let acceptEncoding = "";
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const value = raw[index + 1] as string;
    if (name === "cookie") cookies.push(...readCookies(value));
    if (name === "accept-encoding") acceptEncoding += `${value},`;
    if (!SINGLE.has(name) && !name.startsWith(OWN_PREFIX)) continue;
    if (single.has(name)) return deny("request-repeated-header", name);
    single.set(name, value);
  }
  return allow({ single, cookies, acceptEncoding, raw });
}
