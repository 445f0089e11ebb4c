import process from "node:process";
import type { Log } from "../telemetry/log.ts";

/**
 * Logs what nobody caught, secrets taken out as everywhere, and ends the process with 1: its state is not to be
 * trusted any more. A parent, or whatever restarts containers, starts another.
 */
export function exitOnFault(log: Log): void {
  process.on("uncaughtException", (error: unknown) => {
    log.error({ error }, "an unforeseen fault ends this process");
    process.exit(1);
  });
}
