import cluster from "node:cluster";
import type { OriginCertificate } from "../certificates/origin.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Log } from "../telemetry/log.ts";
import { runAlone } from "./alone.ts";
import { runParent } from "./parent.ts";

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

/** Whether this process was started by a parent of ours, as one of its workers. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Runs the gateway in this process, or in workers below it: several, or one that is not root. */
export function run(options: RunOptions): Promise<Running> {
  const root = process.getuid?.() === 0;
  return root || options.configuration.processes > 1 ? runParent(options, { root }) : runAlone(options);
}
