import type { Reason } from "@sallyport/shared";

/** An upstream that could not be used. `code` is the system's or the TLS library's word, for the log. */
export class UpstreamFault extends Error {
  override readonly name = "UpstreamFault";
  readonly reason: Reason;
  readonly code: string;

  constructor(reason: Reason, code: string, cause?: unknown) {
    super(`${reason} (${code})`, { cause });
    this.reason = reason;
    this.code = code;
  }
}

const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: "controller-refused",
  ECONNRESET: "controller-reset",
  EPIPE: "controller-reset",
  ETIMEDOUT: "controller-timeout",
  ABORT_ERR: "controller-timeout",
  EHOSTUNREACH: "controller-unreachable",
  ENETUNREACH: "controller-unreachable",
  EADDRNOTAVAIL: "controller-unreachable",
  EHOSTDOWN: "controller-unreachable",
  EPROTO: "controller-tls",
  // Heads that cannot be passed on.
  ERR_INVALID_CHAR: "controller-garbage",
  ERR_HTTP_INVALID_STATUS_CODE: "controller-garbage",
};

const prefixes: readonly (readonly [string, Reason])[] = [
  ["HPE_", "controller-garbage"],
  ["ERR_SSL_", "controller-tls"],
  ["ERR_TLS_", "controller-tls"],
  ["CERT_", "controller-tls"],
  ["DEPTH_ZERO_", "controller-tls"],
  ["SELF_SIGNED_", "controller-tls"],
  ["UNABLE_TO_", "controller-tls"],
];

/** The reason behind an error of a socket, of TLS or of an HTTP client. */
export function upstreamFault(error: unknown): UpstreamFault {
  if (error instanceof UpstreamFault) return error;
  const { code: word, name } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  // What `AbortSignal.timeout` gives; the code of a DOMException is a number.
  if (name === "TimeoutError") return new UpstreamFault("controller-timeout", "TIMEOUT", error);
  const code = typeof word === "string" ? word : "unknown";
  const prefixed = prefixes.find(([prefix]) => code.startsWith(prefix))?.[1];
  return new UpstreamFault(reasons[code] ?? prefixed ?? "controller-unreachable", code, error);
}
