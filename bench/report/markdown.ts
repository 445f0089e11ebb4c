import { countedOf } from "./disturbed.ts";
import type { CaseResults, Results } from "./results.ts";
import { middleHalf } from "./statistics.ts";
import { notesOn, ratioText, shownRatio, timingText, unitText, valueText } from "./table.ts";
import type { Verdict } from "./verdict.ts";

/** CPUs that other programs may have in use on a machine that is called quiet. */
const QUIET = 0.3;

/** The results as the documentation shows them. */
export function markdown(results: Results): string {
  return [
    introduction(results),
    "",
    quietness(results.cases),
    "",
    summary(results.cases),
    ...results.cases.flatMap((one) => [
      "",
      `**${one.title}** (${unitText(one)}; ${timingText(one)})`,
      "",
      caseTable(one),
    ]),
    "",
  ].join("\n");
}

function introduction({ made, machine, versions, leftOut }: Results): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const without = leftOut.length > 0 ? ` Left out: ${leftOut.join(", ")}.` : "";
  return (
    `Made on ${made.slice(0, 10)}: ${machine.processor}, ${machine.cpus} CPUs, ${machine.memoryGiB} GiB, ` +
    `${machine.system}, Linux ${machine.kernel}. ${names.join(", ")}.${without}`
  );
}

/** Other programs take caches and turns from all who are measured, though not evenly. */
function quietness(cases: readonly CaseResults[]): string {
  const others = Math.max(0, ...cases.flatMap(({ scores }) => scores.map((score) => score.others)));
  const told = `Other programs had at most ${others.toFixed(2)} CPUs in use beside a case (median of its rounds)`;
  return others > QUIET ? `**${told}: the machine was not quiet, and these figures are worth less.**` : `${told}.`;
}

function summary(cases: readonly CaseResults[]): string {
  const rows = cases.flatMap((one) => one.verdicts.map((verdict) => `| ${one.title} | ${targetCells(verdict)} |`));
  return ["| case | target | here | |", "|---|---|---|---|", ...rows].join("\n");
}

function targetCells({ target, value, range, met, refused }: Verdict): string {
  const aim = target.peer === undefined ? `≤ ${target.atMost}` : `≤ ${target.atMost} × ${target.peer}`;
  if (value === undefined) return `${aim} | – | ${refused}`;
  return `${aim} | ${target.peer === undefined ? valueText(value) : shownRatio(value, range)} | ${met ? "met" : "missed"}`;
}

function caseTable(one: CaseResults): string {
  const latency = one.measure === "latency";
  const rows = one.scores.map((score) => {
    const { low, high } = middleHalf(score.values);
    const range = `${valueText(low)} to ${valueText(high)}`;
    const rate = one.measure === "memory" ? "" : valueText(score.rate);
    const more = latency ? ` ${percentiles(one, score.peer)} |` : "";
    return `| ${score.peer} | ${valueText(score.median)} | ${range} | ${rate} |${more} ${ratioText(one, score)} |`;
  });
  const more = latency ? " p50 / p99 / p99.9 µs |" : "";
  const head = `| peer | median | middle half | ${one.unit}s a second |${more} ours by theirs |`;
  const notes = notesOn(one).flatMap((note) => ["", note]);
  return [head, head.replace(/[^|]+/g, "---"), ...rows, ...notes].join("\n");
}

/** Of the middle round, as the load saw them: what it adds itself is in them. */
function percentiles({ measure, samples }: CaseResults, peer: string): string {
  const own = countedOf(measure, samples).samples.filter((sample) => sample.peer === peer && sample.latency);
  const byTail = own.toSorted((a, b) => (a.latency?.p99 ?? 0) - (b.latency?.p99 ?? 0));
  const { p50 = 0, p99 = 0, p999 = 0 } = byTail[byTail.length >> 1]?.latency ?? {};
  return [p50, p99, p999].map((value) => Math.round(value).toLocaleString("en")).join(" / ");
}
