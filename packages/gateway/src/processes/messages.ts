// How the gateway lies in processes: alone, or as a parent that owns the listening socket, the certificate and the
// admin listener, and its workers, which serve as an unprivileged user where the parent is root.
// The parent believes a worker nothing: what comes from one is counted and shown, and decides nothing.
import type { CertificatePair } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Call } from "../store/sqlite/operations.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";

/** From the parent to a worker. */
export type ToWorker =
  | ({ readonly kind: "start"; readonly configuration: Configuration } & Shown)
  | ({ readonly kind: "show" } & Shown)
  | { readonly kind: "settings"; readonly configuration: Configuration }
  | { readonly kind: "metrics"; readonly request: number }
  | { readonly kind: "store"; readonly request: number; readonly call: Call }
  | { readonly kind: "leave"; readonly limit: number }
  | { readonly kind: "drain" };

/** What all workers show alike, so that a browser's TLS session goes on with whichever it meets. */
export interface Shown {
  readonly certificate: CertificatePair;
  /** 48 bytes; tickets under former ones cost a full handshake. */
  readonly ticketKeys: Uint8Array;
}

/** From a worker to its parent. */
export type ToParent =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "left" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "metrics"; readonly request: number; readonly snapshot: MetricsSnapshot }
  | { readonly kind: "counted"; readonly snapshot: MetricsSnapshot }
  | { readonly kind: "store"; readonly request: number; readonly answer: unknown; readonly failure?: string };
