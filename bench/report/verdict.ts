import type { Case, Target } from "../cases/case.ts";
import type { Score } from "./score.ts";

/** Ours by theirs, where both were what limited the work. */
export type Ratio = { readonly ratio: number } | { readonly refused: string };

/** What became of a target. */
export interface Verdict {
  readonly target: Target;
  /** The ratio, or our value where the bound is absolute. */
  readonly value?: number;
  readonly met?: boolean;
  readonly refused?: string;
}

const OURS = "sallyport";

/** Our value by a peer's. */
export function ratioTo(scores: readonly Score[], peer: string): Ratio {
  const ours = scores.find((score) => score.peer === OURS);
  const theirs = scores.find((score) => score.peer === peer);
  if (!ours || !theirs) return { refused: "not measured" };
  const bound = [ours, theirs].filter((score) => score.bound).map((score) => score.peer);
  if (bound.length > 0) return { refused: `the load was the bottleneck at ${bound.join(" and ")}` };
  // A latency is what is beyond that with nothing in between: noise can make that less than nothing.
  const lost = [ours, theirs].filter(({ median }) => !(median > 0)).map((score) => score.peer);
  if (lost.length > 0) return { refused: `nothing could be measured at ${lost.join(" and ")}` };
  return { ratio: ours.median / theirs.median };
}

export function judge(one: Case, scores: readonly Score[]): readonly Verdict[] {
  return one.targets.map((target) => {
    const outcome = target.peer === undefined ? ownValue(scores) : ratioTo(scores, target.peer);
    if ("refused" in outcome) return { target, refused: outcome.refused };
    return { target, value: outcome.ratio, met: outcome.ratio <= target.atMost };
  });
}

function ownValue(scores: readonly Score[]): Ratio {
  const ours = scores.find((score) => score.peer === OURS);
  return ours ? { ratio: ours.median } : { refused: "not measured" };
}
