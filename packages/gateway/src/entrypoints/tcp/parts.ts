import type { Network } from "@sallyport/shared";
import type { AdmitConnection } from "../../admission/admit-connection.ts";
import type { SessionRegistry } from "../../admission/sessions.ts";
import type { ListenAddress, TcpLimits } from "../../config/configuration.ts";
import type { Handshakes } from "../../limits/handshakes.ts";
import type { Reach } from "../../pools/reach.ts";
import type { Ticker } from "../../relay/ticker.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** What one TCP listener works with. */
export interface TcpParts {
  readonly name: string;
  readonly listen: ListenAddress;
  readonly limits: TcpLimits;
  readonly alpn: readonly string[];
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  readonly sendProxyHeader: boolean;
  readonly acceptProxyHeaderFrom: readonly Network[];
  readonly admit: AdmitConnection;
  readonly handshakes: Handshakes;
  readonly reach: Reach;
  readonly registry: SessionRegistry;
  readonly ticker: Ticker;
  /** Milliseconds between two ticks. */
  readonly tickMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What a listener shows and whom it takes, PEM text. */
export interface TcpSecurity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}
