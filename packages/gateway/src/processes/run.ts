import cluster from "node:cluster";
import process from "node:process";
import { runAlone } from "./alone.ts";
import { runParent } from "./parent.ts";
import type { Running, RunOptions } from "./running.ts";

/** Whether this process was started by a parent of ours, as one of its workers. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Runs the gateway in this process, or in workers below it: several, or one that is not root. */
export function run(options: RunOptions): Promise<Running> {
  const root = process.getuid?.() === 0;
  return root || options.configuration.processes > 1 ? runParent(options, { root }) : runAlone(options);
}
