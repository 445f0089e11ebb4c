import { allow, BROWSER_ID_COOKIE, type Cookie, cookieValues, deny, originOf, type Result } from "@sallyport/shared";

/** Under what name and from where the caller comes. */
export interface PublicView {
  readonly host: string;
  readonly scheme: string;
  readonly origin: string;
  /** The port of the public URL. */
  readonly port: number;
  /** Empty where the platform tells none. */
  readonly clientAddress: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

export function publicView(request: Request): PublicView {
  const url = new URL(request.url);
  const scheme = url.protocol.slice(0, -1);
  return {
    host: url.host,
    scheme,
    origin: originOf(scheme, url.host),
    port: url.port === "" ? (DEFAULT_PORTS[scheme] ?? 443) : Number(url.port),
    clientAddress: request.headers.get("cf-connecting-ip") ?? "",
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/** Whether it came without TLS, from beyond this machine. */
export function isPlain(request: Request): boolean {
  const { protocol, hostname } = new URL(request.url);
  return protocol === "http:" && !LOOPBACK.test(hostname);
}

/** To the same place over https: a Secure cookie would not be kept, and a token is not for everybody on the way. */
export async function toSecure(request: Request): Promise<Result<Response>> {
  if (isUpgrade(request) || !["GET", "HEAD"].includes(request.method)) return deny("request-form", "http");
  const { host } = new URL(request.url);
  const headers = {
    location: `https://${host}${targetOf(request)}`,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  };
  return allow(new Response(null, { status: 308, headers }));
}

/** Path and query as a URL parser writes them: no dot segment is left with which a path could leave its prefix. */
export function targetOf(request: Request): string {
  const url = new URL(request.url);
  url.hash = "";
  return url.href.slice(url.origin.length);
}

export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** A random identifier of ours: 128 bits in base64url, whose last character holds two of them. */
const ID = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/**
 * The session's id as the browser keeps it. Undefined where it lost it, has several, or holds what we never set: it is
 * a key of the gateway's registry, and no text of a caller's choice belongs there.
 */
export function sessionIdOf(cookies: readonly Cookie[]): string | undefined {
  const [id, ...more] = cookieValues(cookies, BROWSER_ID_COOKIE);
  return id !== undefined && more.length === 0 && ID.test(id) ? id : undefined;
}
