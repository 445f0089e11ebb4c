// A credential becomes a principal here, one file per kind of credential.
// Nothing here knows targets or limits.

/** Who a credential proves its bearer to be. */
export interface Principal {
  readonly kind: "session-token" | "client-certificate";
  /** A token's claim `sub`, else the link's own name (`jti` or the token's hash); a certificate's user. */
  readonly id: string;
  readonly tenant: string | undefined;
}
