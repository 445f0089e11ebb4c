import type { CaseResults } from "./results.ts";
import type { Score } from "./score.ts";
import type { Range } from "./statistics.ts";
import { ratioTo, type Scored, type Verdict } from "./verdict.ts";

const WIDTHS = [12, 12, 10, 8, 8, 8, 26] as const;

/** One case for a terminal: a line a peer, a line a target. */
export function terminalTable(one: CaseResults): string {
  const rows = one.scores.map((score) => [
    score.peer,
    valueText(score.median),
    one.measure === "memory" ? "" : Math.round(score.rate).toLocaleString("en"),
    percent(score.busy),
    percent(score.loadBusy),
    percent(score.others),
    ratioText(one, score),
  ]);
  const head = ["peer", unitText(one), `${one.unit}s/s`, "busy", "load", "others", "ours by theirs"];
  const lines = [head, ...rows].map((cells) =>
    cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 0)).join("  "),
  );
  const notes = notesOn(one).map((note) => `  ${note}`);
  return ["", `${one.title}, ${timingText(one)}`, ...lines, ...one.verdicts.map(verdictText), ...notes, ""].join("\n");
}

/** What has to be known about a case's figures. */
export function notesOn({ samples, leftOut }: CaseResults): readonly string[] {
  const unpreferred = samples.some(({ preferred }) => !preferred);
  return [
    ...(leftOut > 0
      ? [`Without ${leftOut} of the rounds, in which the host of this machine took CPU for others.`]
      : []),
    ...(unpreferred ? [UNPREFERRED] : []),
  ];
}

/** Said of figures that other programs on the machine had more of a part in than they need have. */
const UNPREFERRED = "Without a raised priority, which takes root: other programs' turns have a part in these figures.";

/** How often each peer had its turn, and for how long. */
export function timingText({ timing: { rounds, seconds } }: Pick<CaseResults, "timing">): string {
  return `${rounds} rounds of ${seconds} s`;
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
export function ratioText(one: Scored, { peer }: Score): string {
  if (peer === "sallyport" || peer === "direct") return "";
  const outcome = ratioTo(one, peer);
  return "refused" in outcome ? outcome.refused : shownRatio(outcome.ratio, outcome.range);
}

/** A ratio, and between which two that of every other round lay. */
export function shownRatio(ratio: number, range?: Range): string {
  const middle = range ? ` (${range.low.toFixed(2)} to ${range.high.toFixed(2)})` : "";
  return ratio.toFixed(2) + middle;
}

export function verdictText({ target, value, range, met, refused }: Verdict): string {
  const aim = `at most ${target.atMost}${target.peer === undefined ? "" : ` x ${target.peer}`}`;
  if (refused !== undefined || value === undefined) return `  target ${aim}: no ratio, ${refused}`;
  const shown = target.peer === undefined ? valueText(value) : shownRatio(value, range);
  return `  target ${aim}: ${shown}, ${met ? "met" : "MISSED"}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
