/**
 * Every reason for which a request can be turned away, and the one map from a reason to what is seen outside.
 *
 * A reason goes to the audit log. Outside, all reasons of one kind look alike, so that an answer tells an attacker
 * nothing about which check failed.
 */
const kinds = {
  // the credential
  "token-missing": "no-session",
  "token-duplicate": "bad-session",
  "token-malformed": "bad-session",
  "token-algorithm": "bad-signature",
  "token-key-unknown": "bad-signature",
  "token-signature": "bad-signature",
  "token-type": "bad-session",
  "token-claim": "bad-session",
  "token-expired": "bad-session",
  "token-not-yet-valid": "bad-session",
  "token-audience": "bad-session",
  "token-host": "bad-session",
  "token-client": "bad-session",
  "session-revoked": "bad-session",
  "session-ended": "bad-session",
  "renewal-refused": "bad-session",
  "link-used": "used-link",
  "link-older-than-store": "used-link",

  // the client certificate
  "handshake-failed": "forbidden",
  "handshake-timeout": "forbidden",
  "proxy-header": "forbidden",
  "certificate-missing": "forbidden",
  "certificate-untrusted": "forbidden",
  "certificate-expired": "forbidden",
  "certificate-revoked": "forbidden",
  "certificate-unchecked": "forbidden",
  "certificate-identity": "forbidden",
  "group-not-allowed": "forbidden",

  // the target
  "target-missing": "no-target",
  "target-address": "bad-session",
  "target-address-form": "bad-session",
  "target-port": "bad-session",
  "target-network": "forbidden",
  "gateway-not-allowed": "forbidden",

  // the way
  "edge-missing": "forbidden",
  "edge-signature": "forbidden",
  "edge-stale": "forbidden",
  "edge-replayed": "forbidden",
  "edge-mismatch": "forbidden",
  "origin-missing": "forbidden",
  "origin-foreign": "forbidden",
  "service-worker": "forbidden",

  // the request
  "request-form": "bad-request",
  "request-timeout": "too-slow",
  "request-method": "bad-method",
  "request-body": "bad-request",
  "request-repeated-header": "bad-request",
  "handshake-malformed": "bad-request",
  "envelope-missing": "bad-request",
  "envelope-malformed": "bad-request",
  "envelope-too-large": "too-large",
  "envelope-header": "bad-request",

  // limits
  "client-limited": "limited",
  "entries-limited": "limited",
  "sessions-full": "busy",
  "connections-full": "busy",
  "client-full": "busy",
  "rate-limited": "busy",
  draining: "busy",
  "store-unavailable": "busy",

  // the controller
  "controller-refused": "unreachable",
  "controller-unreachable": "unreachable",
  "controller-reset": "unreachable",
  "controller-timeout": "timeout",
  "controller-tls": "unreachable",
  "controller-pin": "unreachable",
  "controller-garbage": "unreachable",
  "controller-busy": "busy",
  "controller-redirect": "unreachable",

  // ourselves
  "gateway-unreachable": "unreachable",
  "internal-error": "fault",
} as const;

export type Reason = keyof typeof kinds;

/** What can be told apart outside. It is also the code in `X-PM-Refusal`, by which the edge picks a page. */
export type RefusalKind = (typeof kinds)[Reason];

/** How one kind of refusal looks on one kind of transport. */
export interface RefusalShape {
  /** HTTP status at the gateway (rows P-04, P-06). */
  readonly gatewayStatus: number;
  /** HTTP status at the edge (row P-07). */
  readonly edgeStatus: number;
  /** Text of the JSON member `error` at the gateway. */
  readonly gatewayText: string;
  /** The same at the edge; `{cookie}` stands for the cookie's name. */
  readonly edgeText: string;
  /** WebSocket close code, where a refusal must be a close after a 101. */
  readonly closeCode: number;
}

const shapes: Readonly<Record<RefusalKind, RefusalShape>> = {
  "no-session": row(401, "Invalid token", 4001, { edgeStatus: 403, edgeText: "no jwt cookie {cookie} found" }),
  "bad-signature": row(401, "Invalid token", 4001, { edgeStatus: 403, edgeText: "invalid jwt signature" }),
  "bad-session": row(401, "Invalid token", 4001, { edgeStatus: 403, edgeText: "invalid jwt token" }),
  "used-link": row(410, "This link was used already", 4001),
  "no-target": row(400, "X-Pm-Host header missing", 1008),
  forbidden: row(403, "Forbidden", 1008),
  "bad-request": row(400, "Bad request", 1008),
  "bad-method": row(405, "Method not allowed", 1008),
  "too-slow": row(408, "The request did not come in time", 1008),
  "too-large": row(431, "Request header fields too large", 1009),
  limited: row(429, "Too many attempts, try again later", 1013),
  busy: row(503, "Busy, try again shortly", 1013),
  unreachable: row(502, "The controller cannot be reached", 1014),
  timeout: row(504, "The controller did not answer in time", 1014),
  fault: row(500, "Internal error", 1011),
};

function row(
  gatewayStatus: number,
  gatewayText: string,
  closeCode: number,
  edge?: { edgeStatus: number; edgeText: string },
): RefusalShape {
  return {
    gatewayStatus,
    gatewayText,
    closeCode,
    edgeStatus: edge?.edgeStatus ?? gatewayStatus,
    edgeText: edge?.edgeText ?? gatewayText,
  };
}

export const reasons = Object.keys(kinds) as readonly Reason[];

export function refusalKind(reason: Reason): RefusalKind {
  return kinds[reason];
}

export function refusalShape(reason: Reason): RefusalShape {
  return shapes[kinds[reason]];
}

export function isRefusalKind(value: string): value is RefusalKind {
  return Object.hasOwn(shapes, value);
}
