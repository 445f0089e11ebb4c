// How the gateway lies in processes: alone, or as a parent that owns listeners, certificate and admin port, and its
// workers, which run as an unprivileged user where the parent is root.
import type { CertificatePair } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";

/** From the parent to a worker. */
export type ToWorker =
  | { readonly kind: "start"; readonly configuration: Configuration; readonly certificate: CertificatePair }
  | { readonly kind: "certificate"; readonly certificate: CertificatePair }
  | { readonly kind: "metrics"; readonly request: number }
  | { readonly kind: "drain" };

/** From a worker to its parent. */
export type ToParent =
  | { readonly kind: "waiting" }
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "metrics"; readonly request: number; readonly snapshot: MetricsSnapshot };
