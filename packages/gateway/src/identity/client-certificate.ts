import type { X509Certificate } from "node:crypto";

/** A client certificate whose key and chain a TLS handshake proved, with its issuers behind it. */
export interface ClientCertificate {
  readonly leaf: X509Certificate;
}
