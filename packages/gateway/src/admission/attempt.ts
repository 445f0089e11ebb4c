import type { Provenance, Wanted } from "@sallyport/shared";

/** What an entrypoint read of one request: bytes turned into fields, nothing decided. */
export interface Attempt {
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
  readonly edge: { readonly assertion: string | undefined; readonly method: string; readonly target: string };
}
