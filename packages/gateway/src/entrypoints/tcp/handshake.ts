import type { TLSSocket } from "node:tls";
import type { Reason } from "@sallyport/shared";

export interface HandshakeDenial {
  readonly reason: Reason;
  readonly detail: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "certificate-missing",
  ERR_TLS_HANDSHAKE_TIMEOUT: "handshake-timeout",
  CERT_HAS_EXPIRED: "certificate-expired",
};

/** What OpenSSL calls a chain that it does not trust. */
const UNTRUSTED = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_)/;

/** The reason behind a handshake that failed, for the record. Of an untrusted chain only the socket tells. */
export function handshakeDenial(
  { code, message }: NodeJS.ErrnoException,
  { authorizationError }: TLSSocket,
): HandshakeDenial {
  const detail = authorizationError ? String(authorizationError) : (code ?? message);
  return { reason: REASONS[detail] ?? (UNTRUSTED.test(detail) ? "certificate-untrusted" : "handshake-failed"), detail };
}
