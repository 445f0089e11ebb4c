import type { AdminSource } from "../admin/server.ts";
import type { OriginCertificate } from "../certificates/origin.ts";
import type { CertificatePair } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Environment } from "../config/environment.ts";
import type { Log } from "../telemetry/log.ts";
import type { Settings } from "./settings.ts";

export interface RunOptions {
  /** As at the start. */
  readonly configuration: Configuration;
  readonly settings: Settings;
  readonly certificate: OriginCertificate;
  readonly log: Log;
  readonly version: string;
  /** A listening socket for the web entrypoint, passed by whoever started this process. */
  readonly passed?: PassedSocket | undefined;
  /** The environment of worker processes: without settings, secrets among them. */
  readonly workerEnvironment: Environment;
}

/** A listening socket that whoever started this process opened for it. */
export interface PassedSocket {
  readonly fd: number;
  /** What its unit calls it. */
  readonly name: string;
}

/** What serves: one gateway in this process, or several in workers. */
export interface Serving extends AdminSource {
  /** Of the web entrypoint. */
  readonly port: number;
  setCertificate(pair: CertificatePair): void;
  /** Takes up what can change while it serves. What goes wrong is logged, and what is in force stays. */
  setSettings(configuration: Configuration): void;
  /** Lets new processes take over, one by one, without losing a connection. What stands against it is logged. */
  replace(): void;
  /** Takes no more, and waits until what is open is over, at most for `handOverSeconds`. Harmless when called again. */
  leave(): Promise<void>;
  /** Takes no more, lets requests finish, then ends. False where something had to be killed. */
  drain(): Promise<boolean>;
}

/** Why the gateway cannot run here, in words for whoever starts it. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** A gateway that runs, with its admin listener. */
export interface Running {
  readonly port: number;
  readonly adminPort: number;
  /** Settles when everything has come to its end: true after a clean one. */
  readonly ended: Promise<boolean>;
  /** Replaces worker processes, where there are some. */
  replace(): void;
  /** Takes no more, and drains when what was open is over, or `handOverSeconds` are. What stands against it is logged. */
  leave(): void;
  /** Harmless when called again. */
  drain(): void;
}
