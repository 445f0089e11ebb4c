import { createSecureContext, type SecureContext } from "node:tls";
import type { UpstreamTrust } from "./upstream.ts";

/** The cheapest first, then what else a controller may know; no post-quantum group, which old ones refuse. */
const GROUPS = "X25519:P-256:P-384";
const CIPHERS =
  "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:" +
  "ECDHE-RSA-AES128-GCM-SHA256:DEFAULT";

/**
 * What handshakes with upstreams are made with: groups, ciphers, the CAs. Made once for each TLS profile and CA, of which
 * there are as many as settings name. A connection with one of its own takes 14 KiB more for as long as it lives, and
 * its handshake longer. Nothing that was found out about a peer is in one: see `TlsSessions`.
 */
export class TlsContexts {
  readonly #modern = new Map<string | undefined, SecureContext>();
  readonly #legacy = new Map<string | undefined, SecureContext>();

  for(trust: UpstreamTrust): SecureContext {
    const ca = verifiedBy(trust);
    const contexts = trust.legacy ? this.#legacy : this.#modern;
    const context = contexts.get(ca) ?? createContext(ca, trust.legacy);
    contexts.set(ca, context);
    return context;
  }
}

/** The CA that a certificate must come from; undefined where it is pinned, or taken as it is. */
export function verifiedBy({ pins, ca }: UpstreamTrust): string | undefined {
  return pins.length === 0 ? ca : undefined;
}

function createContext(ca: string | undefined, legacy: boolean): SecureContext {
  return createSecureContext({
    ecdhCurve: GROUPS,
    ...(ca === undefined ? {} : { ca }),
    ...(legacy ? { minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" } : { minVersion: "TLSv1.2", ciphers: CIPHERS }),
  });
}
