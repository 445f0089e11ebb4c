// What crosses between browser, edge and origin: names, cookies, the WebSocket path and its envelope, the origin check,
// and the edge's signed statement about each request (this file).
import { compactVerify, errors, SignJWT } from "jose";
import { randomId, sha256, utf8 } from "../bytes.ts";
import { allow, deny, type Result } from "../result.ts";
import { isCompactJws } from "../token/compact.ts";

/** Seconds that an assertion is good for. */
export const ASSERTION_LIFE = 30;
/** Clock difference between edge and gateway that is forgiven, in seconds. */
export const ASSERTION_LEEWAY = 5;
const TYPE = "sallyport-edge+jwt";

/** What the edge states about one request. Names follow RFC 9449 where it has one. */
export interface Assertion {
  /** Method. */
  readonly htm: string;
  /** SHA-256 of path and query as sent to the gateway, base64url. */
  readonly htu: string;
  /** SHA-256 of the session token, base64url. */
  readonly ath: string;
  /** The controller's address. */
  readonly ip: string;
  /** The controller's port, as X-PM-Port or the WebSocket path says. */
  readonly port: number;
  /** The public origin that the caller sees. */
  readonly pub: string;
  /** The client's address. */
  readonly cip: string;
  /** The session's id. */
  readonly sid: string;
  /** Nonce. */
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
}

export interface AssertedRequest {
  readonly method: string;
  /** Path and query towards the gateway. */
  readonly target: string;
  readonly token: string;
  readonly address: string;
  readonly port: number;
  readonly publicOrigin: string;
  readonly clientAddress: string;
  readonly sessionId: string;
}

/** Signs the edge's statement about a request, HS256 under `EDGE_KEY`. `now` in seconds. */
export async function signAssertion(request: AssertedRequest, key: string, now: number): Promise<string> {
  const statement: Assertion = {
    htm: request.method,
    htu: await sha256(request.target),
    ath: await sha256(request.token),
    ip: request.address,
    port: request.port,
    pub: request.publicOrigin,
    cip: request.clientAddress,
    sid: request.sessionId,
    jti: randomId(),
    iat: Math.floor(now),
  };
  return new SignJWT({ ...statement }).setProtectedHeader({ alg: "HS256", typ: TYPE }).sign(utf8(key));
}

/**
 * Verifies an assertion's signature and age. What it says about the request is for the caller to compare, its nonce
 * for the caller to remember for `ASSERTION_LIFE` plus twice the leeway. `keys`: the newest first; a secret as
 * text is imported each time anew, a `CryptoKey` (HMAC, SHA-256) is ready.
 */
export async function verifyAssertion(
  token: string,
  keys: readonly (string | CryptoKey)[],
  now: number,
): Promise<Result<Assertion>> {
  if (!isCompactJws(token)) return deny("edge-signature", "form");
  for (const key of keys) {
    const payload = await verifyWith(token, key);
    if (payload) return checkAge(payload, now);
  }
  return deny("edge-signature");
}

async function verifyWith(token: string, secret: string | CryptoKey): Promise<Assertion | undefined> {
  try {
    const key = typeof secret === "string" ? utf8(secret) : secret;
    const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: ["HS256"] });
    if (protectedHeader.typ !== TYPE) return undefined;
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isAssertion(value) ? value : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const TEXTS = ["htm", "htu", "ath", "ip", "pub", "cip", "sid", "jti"] as const;

function isAssertion(value: unknown): value is Assertion {
  if (typeof value !== "object" || value === null) return false;
  const statement = value as Record<string, unknown>;
  return (
    TEXTS.every((name) => typeof statement[name] === "string") &&
    Number.isInteger(statement.port) &&
    Number.isFinite(statement.iat)
  );
}

function checkAge(assertion: Assertion, now: number): Result<Assertion> {
  const age = now - assertion.iat;
  const fresh = age >= -ASSERTION_LEEWAY && age <= ASSERTION_LIFE + ASSERTION_LEEWAY;
  return fresh ? allow(assertion) : deny("edge-stale");
}
