import type { Case } from "../cases/case.ts";
import type { Timing } from "../cases/timing.ts";
import type { Machine, Places } from "../measure/machine.ts";
import type { Sample } from "../measure/sample.ts";
import { countedOf } from "./disturbed.ts";
import { type Score, scoreCase } from "./score.ts";
import { judge, type Verdict } from "./verdict.ts";

/** One run of the bench, as it is written to `results.json`. */
export interface Results {
  /** RFC 3339, UTC. */
  readonly made: string;
  readonly machine: Machine;
  /** Of every peer, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Peers that the caller left out. */
  readonly leftOut: readonly string[];
  readonly cases: readonly CaseResults[];
}

export interface CaseResults {
  readonly name: string;
  readonly title: string;
  readonly measure: Case["measure"];
  readonly unit: Case["unit"];
  readonly places: Places;
  readonly timing: Timing;
  readonly scores: readonly Score[];
  /** Rounds that the scores are not of, since the host of this machine took CPU in them. */
  readonly leftOut: number;
  /** Why no ratio of the case may be quoted. */
  readonly refused?: string;
  readonly verdicts: readonly Verdict[];
  readonly samples: readonly Sample[];
}

/** How a case was played. */
export type Played = Pick<CaseResults, "places" | "timing">;

export function concludeCase(one: Case, samples: readonly Sample[], { places, timing }: Played): CaseResults {
  const { name, title, measure, unit } = one;
  const { samples: counted, ...counting } = countedOf(measure, samples);
  const scored = { measure, scores: scoreCase(one, counted, places), ...counting };
  return { name, title, unit, places, timing, ...scored, verdicts: judge(one.targets, scored), samples };
}
