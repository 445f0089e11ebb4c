import type { VerifiedToken } from "@sallyport/shared";
import type { Principal } from "./principal.ts";

/** The principal of a verified session token. A token without `sub` speaks for nobody but itself. */
export function tokenPrincipal({ claims, hash }: VerifiedToken): Principal {
  return { kind: "session-token", id: claims.sub ?? `link:${claims.jti ?? hash}`, tenant: claims.tenant };
}
