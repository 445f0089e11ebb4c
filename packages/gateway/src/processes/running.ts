import type { OriginCertificate } from "../certificates/origin.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Log } from "../telemetry/log.ts";

export interface RunOptions {
  readonly configuration: Configuration;
  readonly certificate: OriginCertificate;
  readonly log: Log;
  readonly version: string;
}

/** A gateway that runs, in however many processes. */
export interface Running {
  /** Of the web entrypoint. */
  readonly port: number;
  readonly adminPort: number;
  /** Settles when everything has come to its end: true after a clean one. */
  readonly ended: Promise<boolean>;
  /** Takes no more, lets requests finish, then ends. Harmless when called again. */
  drain(): void;
}
