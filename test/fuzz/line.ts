import type { FuzzReport } from "./engine.ts";

/** What a run came to, in one line for people. */
export function lineOf(name: string, { executions, ways, slowest, grown }: FuzzReport): string {
  const memory = `${grown < 0 ? "-" : "+"}${Math.abs(grown / 2 ** 20).toFixed(2)} MiB in use since a tenth of the way`;
  return `${name}: ${executions} executions, ${ways} ways, slowest ${slowest.toFixed(1)} ms, ${memory}`;
}
