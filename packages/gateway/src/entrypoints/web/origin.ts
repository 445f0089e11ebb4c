import { originOf } from "@sallyport/shared";

/** What a request says of the origin under which its caller sees us. */
export interface PublicView {
  readonly publicHost: string | undefined;
  readonly publicOrigin: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/;

/**
 * The public origin, where no signed statement of the edge tells it. `proto` may have the colon that the original
 * edge leaves behind it (contract 001.W). Where nobody tells the scheme it is https, but on a loopback host, where a
 * page may come by http, it is the Origin's own.
 */
export function publicView(
  host: string | undefined,
  proto: string | undefined,
  origin: string | undefined,
): PublicView {
  const scheme = schemeOf(proto) ?? (isLoopbackHttp(host, origin) ? "http" : "https");
  return { publicHost: host, publicOrigin: host === undefined ? "null" : originOf(scheme, host) };
}

function schemeOf(proto: string | undefined): "http" | "https" | undefined {
  const bare = proto?.toLowerCase().replace(/:$/, "");
  return bare === "http" || bare === "https" ? bare : undefined;
}

function isLoopbackHttp(host: string | undefined, origin: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host) && (origin?.startsWith("http://") ?? false);
}
