import { type Claims, SESSION_TYPE, secretId, sha256, type VerifiedToken } from "@sallyport/shared";
import { CompactSign } from "jose";
import type { Principal } from "./principal.ts";

/** The principal of a verified session token. A token without `sub` speaks for nobody but itself. */
export function tokenPrincipal({ claims, hash }: VerifiedToken): Principal {
  return { kind: "session-token", id: claims.sub ?? `link:${claims.jti ?? hash}`, tenant: claims.tenant };
}

export interface MintedSession extends VerifiedToken {
  readonly token: string;
}

/**
 * A session's own token, made of a link that was used up: the same claims (`iat` and `jti` too, so that a revocation of
 * the link is one of the session), another type, another key.
 */
export async function mintSession(claims: Claims, key: string): Promise<MintedSession> {
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "HS256", typ: SESSION_TYPE })
    .sign(new TextEncoder().encode(key));
  return { token, claims, hash: await sha256(token), keyId: await secretId(key) };
}
