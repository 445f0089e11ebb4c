import type { Provenance, Wanted } from "@sallyport/shared";
import type { ClientCertificate } from "../identity/client-certificate.ts";

/** What an entrypoint read of one request or connection: bytes turned into fields, nothing decided. */
export type Attempt = WebAttempt | TcpAttempt;

export type Entrypoint = Attempt["entrypoint"];

/** A request that came by way of the edge. */
export interface WebAttempt {
  readonly entrypoint: "web";
  readonly transport: "http" | "websocket" | "control";
  readonly requestId: string;
  /** Session cookies of our name, all of them: more than one is refused. */
  readonly tokens: readonly string[];
  /** The edge's session id. */
  readonly sessionId: string | undefined;
  readonly wanted: Wanted;
  /** Public host and origin as the request says; the edge's assertion overrides both. */
  readonly publicHost: string | undefined;
  readonly publicOrigin: string;
  readonly provenance: Omit<Provenance, "publicOrigin">;
  /** As the edge says; believed as far as the edge is. */
  readonly clientAddress: string | undefined;
  /** Who called, edge or not, for as long as the connection stands: a system call, so that only who needs it asks. */
  readonly peer: () => string | undefined;
  readonly edge: { readonly assertion: string | undefined; readonly method: string; readonly target: string };
}

/** A connection whose TLS handshake proved a client certificate. */
export interface TcpAttempt {
  readonly entrypoint: "tcp";
  readonly transport: "tls";
  readonly certificate: ClientCertificate;
  readonly clientAddress: string | undefined;
}
