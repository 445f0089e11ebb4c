import { Gauge, Registry } from "prom-client";
import type { MetricsSnapshot } from "./metrics.ts";

/** Measures `sallyport_certificate_expiry_timestamp_seconds`; `read` gives it, in seconds since the epoch. */
export function createExpiry(read: () => number): () => Promise<MetricsSnapshot> {
  const registry = new Registry();
  new Gauge({
    name: "sallyport_certificate_expiry_timestamp_seconds",
    help: "When the certificate that is shown expires, in seconds since the epoch.",
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
  return () => registry.getMetricsAsJSON();
}
