import type { Network } from "@sallyport/shared";
import type { PlatformName } from "../config/platform-names.ts";
import type { Examination } from "./examination.ts";
import { QUIRKS } from "./quirks.ts";

/** `breaks`: sessions will not work as things are; `warning`: something is not as it should be; `note`: good to know. */
export type Severity = "breaks" | "warning" | "note";

/** Stable, for programs; docs/doctor.md says what each means. */
export const FINDING_CODES = [
  "address-refused",
  "port-refused",
  "tls-old",
  "tls-unusable",
  "not-of-ca",
  "certificate-dates",
  "weak-key",
  "weak-signature",
  "pin",
  "platform",
  "platform-unknown",
  "platform-unsaid",
  "platform-differs",
  "second-port",
  "second-port-closed",
  "second-port-no-tls",
  "native-console",
  "vnc",
  "no-http",
  "busy",
  "host-check",
  ...QUIRKS,
] as const;

export interface Finding {
  readonly code: (typeof FINDING_CODES)[number];
  readonly severity: Severity;
  readonly text: string;
  /** What to set and to what, such as `LEGACY_TLS=10.0.0.7` or `claim spki: […]`; absent where there is nothing to set. */
  readonly setting?: string;
  /** The second port that it is about; absent where it is about the controller or its pages. */
  readonly port?: number;
}

/** What the gateway is set to, as far as it decides over a controller. */
export interface GatewaySettings {
  readonly networks: readonly Network[];
  readonly ports: readonly number[];
  readonly targetPort: number;
  readonly legacyTls: readonly Network[];
  /** What `PLATFORMS` says of the address that is looked at. */
  readonly platform: PlatformName | undefined;
  readonly detect: boolean;
}

/** What is seen, held against the settings. `now`: milliseconds since the epoch. */
export interface Case {
  readonly seen: Examination;
  readonly settings: GatewaySettings;
  readonly now: number;
}
