import { AggregatorRegistry } from "prom-client";
import type { MetricsSnapshot } from "./metrics.ts";

/** What only grows: how things stood with a process (gauges) went with it. */
const KEPT: ReadonlySet<string> = new Set(["counter", "histogram"]);

/** What processes counted that are gone, so that sums do not fall when one goes. */
export class PastCounts {
  #sum: Promise<MetricsSnapshot> = Promise.resolve([]);

  add(last: MetricsSnapshot): void {
    const counts = last.filter(({ type }) => KEPT.has(String(type)));
    this.#sum = this.#sum.then((sum) => AggregatorRegistry.aggregate([sum, counts]).getMetricsAsJSON());
  }

  snapshot(): Promise<MetricsSnapshot> {
    return this.#sum;
  }
}
