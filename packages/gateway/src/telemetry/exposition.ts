import { AggregatorRegistry } from "prom-client";
import type { MetricsSnapshot } from "./metrics.ts";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** The snapshots of one or more processes, added up, in the Prometheus text format. */
export async function exposition(snapshots: readonly MetricsSnapshot[]): Promise<Exposition> {
  const registry = AggregatorRegistry.aggregate([...snapshots]);
  return { contentType: registry.contentType, body: await registry.metrics() };
}
