// The gateway as a library: what tests, the demo and other programs start it with.

export { CertificateError } from "./certificates/pair.ts";
export { type GatewayParts, startGateway } from "./compose.ts";
export type { Gateway } from "./compose-gateway.ts";
export type { Configuration, WebConfiguration } from "./config/configuration.ts";
export { type Loaded, loadConfiguration } from "./config/load.ts";
export { ConfigurationError } from "./config/tcp.ts";
export { chainKeys } from "./ledger/chain.ts";
export { Trail } from "./ledger/trail.ts";
export { verifyTrail } from "./ledger/verify.ts";
export { FrameFollower } from "./relay/frames.ts";
export type { AuditEntry } from "./store/audit.ts";
export type { SessionRow } from "./store/directory.ts";
export { openStore } from "./store/open.ts";
export { type Revocation, revocationKey } from "./store/revocations.ts";
export { type Store, StoreError } from "./store/store.ts";
export {
  createTcpProxy,
  type Duration,
  type TcpProxy,
  type TcpProxyConfiguration,
  type TcpProxyParts,
} from "./tcp-proxy.ts";
export { createLog, type Log, type LogFields } from "./telemetry/log.ts";
export { createMetrics, type Metrics, type MetricsRegistry, noMetrics } from "./telemetry/metrics.ts";
