import type { CaseResults } from "./results.ts";
import type { Score } from "./score.ts";
import { ratioTo, type Verdict } from "./verdict.ts";

const WIDTHS = [12, 12, 10, 8, 8, 8, 24] as const;

/** One case for a terminal: a line a peer, a line a target. */
export function terminalTable(one: CaseResults): string {
  const rows = one.scores.map((score) => [
    score.peer,
    valueText(score.median),
    one.measure === "memory" ? "" : Math.round(score.rate).toLocaleString("en"),
    percent(score.busy),
    percent(score.loadBusy),
    percent(score.others),
    ratioText(one.scores, score),
  ]);
  const head = ["peer", unitText(one), `${one.unit}s/s`, "busy", "load", "others", "ours by theirs"];
  const lines = [head, ...rows].map((cells) =>
    cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 0)).join("  "),
  );
  const notes = isUnpreferred(one) ? [`  ${UNPREFERRED}`] : [];
  return ["", one.title, ...lines, ...one.verdicts.map(verdictText), ...notes, ""].join("\n");
}

/** Said of latencies that other programs on the machine had a part in. */
export const UNPREFERRED =
  "Without a raised priority, which takes root: waiting for other programs' turns is in these latencies.";

export function isUnpreferred({ samples }: CaseResults): boolean {
  return samples.some(({ preferred }) => preferred === false);
}

/** What the case's value is counted in. */
export function unitText({ measure, unit }: Pick<CaseResults, "measure" | "unit">): string {
  if (measure === "memory") return `KiB/${unit}`;
  return measure === "latency" ? "added p99 µs" : `µs/${unit}`;
}

export function valueText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

/** Our value by this peer's, or why there is none. */
export function ratioText(scores: readonly Score[], { peer }: Score): string {
  if (peer === "sallyport" || peer === "direct") return "";
  const outcome = ratioTo(scores, peer);
  return "refused" in outcome ? outcome.refused : outcome.ratio.toFixed(2);
}

export function verdictText({ target, value, met, refused }: Verdict): string {
  const aim = `at most ${target.atMost}${target.peer === undefined ? "" : ` x ${target.peer}`}`;
  if (refused !== undefined || value === undefined) return `  target ${aim}: no ratio, ${refused}`;
  const shown = target.peer === undefined ? valueText(value) : value.toFixed(2);
  return `  target ${aim}: ${shown}, ${met ? "met" : "MISSED"}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
