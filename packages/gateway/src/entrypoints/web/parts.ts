import type { Admission, Admitter } from "../../admission/admit.ts";
import type { SessionRegistry } from "../../admission/sessions.ts";
import type { WebConfiguration } from "../../config/configuration.ts";
import type { Probe } from "../../platforms/detect.ts";
import type { PlatformDirectory } from "../../platforms/directory.ts";
import type { Platform } from "../../platforms/platform.ts";
import type { Deadlines } from "../../pools/deadlines.ts";
import type { Dial } from "../../pools/dial.ts";
import type { HttpClient } from "../../pools/http/client.ts";
import type { Upstream } from "../../pools/upstream.ts";
import type { Ticker } from "../../relay/ticker.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { CookieOrigins } from "./cookie-origins.ts";
import type { Leaving } from "./leaving.ts";

/** What the web entrypoint is composed of. */
export interface WebParts {
  /** Settings as they stand now. */
  readonly rules: { readonly current: { readonly web: WebConfiguration } };
  readonly admitter: Admitter;
  readonly registry: SessionRegistry;
  readonly dial: Dial;
  /** How long a controller may take to answer an upgrade. */
  readonly upgradeDeadlines: Deadlines;
  /** What speaks HTTP with the admitted target, as its family bears it. */
  readonly clientFor: (admission: Admission, platform: Platform) => HttpClient;
  /** What asks the admitted target's pages which family they are. */
  readonly probeFor: (admission: Admission) => Probe;
  readonly platforms: PlatformDirectory;
  /** What is trusted at the admitted target. */
  readonly upstreamFor: (admission: Admission, platform: Platform) => Upstream;
  readonly leaving: Leaving;
  readonly cookieOrigins: CookieOrigins;
  readonly ticker: Ticker;
  readonly log: Log;
  readonly metrics: Metrics;
}
