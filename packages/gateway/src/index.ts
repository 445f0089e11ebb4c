// The gateway as a library: what tests, the demo and other programs start it with.
export { type Gateway, type GatewayParts, startGateway } from "./compose.ts";
export type { Configuration, WebConfiguration } from "./config/configuration.ts";
export { type Loaded, loadConfiguration } from "./config/load.ts";
export { FrameFollower } from "./relay/frames.ts";
export type { AuditEntry } from "./store/audit.ts";
export type { SessionRow } from "./store/directory.ts";
export { openStore } from "./store/open.ts";
export { type Revocation, revocationKey } from "./store/revocations.ts";
export { type Store, StoreError } from "./store/store.ts";
export { createLog, type Log, type LogFields } from "./telemetry/log.ts";
export { createMetrics, type Metrics, type MetricsRegistry, noMetrics } from "./telemetry/metrics.ts";
