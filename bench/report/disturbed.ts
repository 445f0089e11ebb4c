import type { Measure } from "../cases/case.ts";
import type { Sample } from "../measure/sample.ts";

/** What of a case counts. */
export interface Counted {
  readonly samples: readonly Sample[];
  /** Rounds whose samples do not. */
  readonly leftOut: number;
  /** Why no ratio may be quoted. */
  readonly refused?: string;
}

/** Of all rounds: with fewer left, what is left was chosen more than measured. */
const LEAST_SHARE = 1 / 3;

/**
 * Of a tail, the rounds in which the host of a virtual machine took nothing from anybody: it takes milliseconds at once,
 * and ten of a second decide a 99th percentile. A round counts for all peers or for none. Work done for a CPU second is
 * hardly concerned.
 */
export function countedOf(measure: Measure, samples: readonly Sample[]): Counted {
  if (measure !== "latency") return { samples, leftOut: 0 };
  const rounds = new Set(samples.map(({ round }) => round));
  const disturbed = new Set(samples.filter(({ stolenCpu }) => stolenCpu > 0).map(({ round }) => round));
  if (rounds.size - disturbed.size < rounds.size * LEAST_SHARE) {
    const refused = `the host of this machine took CPU in ${disturbed.size} of ${rounds.size} rounds`;
    return { samples, leftOut: 0, refused };
  }
  return { samples: samples.filter(({ round }) => !disturbed.has(round)), leftOut: disturbed.size };
}
