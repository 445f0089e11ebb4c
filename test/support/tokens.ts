import { type JWTPayload, SignJWT } from "jose";

export const TEST_SECRET = "a-test-secret-of-at-least-32-bytes-0";

export interface TokenOptions {
  readonly secret?: string;
  readonly alg?: string;
  /** Seconds from now; negative: expired. */
  readonly expiresIn?: number;
}

/** A session token for a loopback controller, as a provider would sign it. */
export function mintToken(claims: JWTPayload & { ip?: string }, options: TokenOptions = {}): Promise<string> {
  const { secret = TEST_SECRET, alg = "HS256", expiresIn = 600 } = options;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iat: now,
    nbf: now - 10,
    exp: now + expiresIn,
    ip: "127.0.0.1",
    upstream: "localhost",
    ...claims,
  })
    .setProtectedHeader({ alg, typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}
