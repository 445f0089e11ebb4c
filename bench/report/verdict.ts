import type { Case, Measure, Target } from "../cases/case.ts";
import type { Score } from "./score.ts";
import { median, middleHalf, type Range } from "./statistics.ts";

/** Ours by theirs, where both were what limited the work. */
export type Ratio = { readonly ratio: number; readonly range?: Range } | { readonly refused: string };

/** What became of a target. */
export interface Verdict {
  readonly target: Target;
  /** The ratio, or our value where the bound is absolute. */
  readonly value?: number;
  readonly range?: Range;
  readonly met?: boolean;
  readonly refused?: string;
}

/** A case's scores, and what they are of. */
export interface Scored {
  readonly measure: Measure;
  readonly scores: readonly Score[];
  /** Why no ratio of them may be quoted. */
  readonly refused?: string;
}

const OURS = "sallyport";

/**
 * Our value by a peer's: the median of the rounds' own ratios, since a round has both at about the same moment of a
 * machine whose speed changes. An added latency can be nothing in a round: there it is the medians that are compared.
 */
export function ratioTo({ measure, scores, refused }: Scored, peer: string): Ratio {
  const ours = scores.find((score) => score.peer === OURS);
  const theirs = scores.find((score) => score.peer === peer);
  if (!ours || !theirs) return { refused: "not measured" };
  if (refused !== undefined) return { refused };
  const bound = [ours, theirs].filter((score) => score.bound).map((score) => score.peer);
  if (bound.length > 0) return { refused: `the load was the bottleneck at ${bound.join(" and ")}` };
  // A latency is what is beyond that with nothing in between: noise can make that less than nothing.
  const lost = [ours, theirs].filter(({ median }) => !(median > 0)).map((score) => score.peer);
  if (lost.length > 0) return { refused: `nothing could be measured at ${lost.join(" and ")}` };
  if (measure === "latency") return { ratio: ours.median / theirs.median };
  const ratios = ours.values.map((value, round) => value / (theirs.values[round] ?? Number.NaN));
  return { ratio: median(ratios), range: middleHalf(ratios) };
}

export function judge(targets: Case["targets"], scored: Scored): readonly Verdict[] {
  return targets.map((target) => {
    const outcome = target.peer === undefined ? ownValue(scored) : ratioTo(scored, target.peer);
    if ("refused" in outcome) return { target, refused: outcome.refused };
    const { ratio: value, ...range } = outcome;
    return { target, value, ...range, met: value <= target.atMost };
  });
}

function ownValue({ scores }: Scored): Ratio {
  const ours = scores.find((score) => score.peer === OURS);
  return ours ? { ratio: ours.median } : { refused: "not measured" };
}
