import type { Admission, Admitter } from "../../admission/admit.ts";
import type { SessionRegistry } from "../../admission/sessions.ts";
import type { WebConfiguration } from "../../config/configuration.ts";
import type { Platform } from "../../platforms/platform.ts";
import type { Dial } from "../../pools/dial.ts";
import type { HttpClients } from "../../pools/http-clients.ts";
import type { Upstream } from "../../pools/upstream.ts";
import type { Ticker } from "../../relay/ticker.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** What the web entrypoint is composed of. */
export interface WebParts {
  readonly configuration: WebConfiguration;
  readonly admitter: Admitter;
  readonly registry: SessionRegistry;
  readonly dial: Dial;
  readonly clients: HttpClients;
  /** Which rules hold for the admitted target. */
  readonly platformFor: (admission: Admission) => Platform;
  /** What is trusted at the admitted target. */
  readonly upstreamFor: (admission: Admission) => Upstream;
  readonly ticker: Ticker;
  readonly log: Log;
  readonly metrics: Metrics;
}
