import type { Case, Measure } from "./case.ts";

/** How often each peer has its turn in a case, and for how long. */
export interface Timing {
  readonly rounds: number;
  /** Seconds of load in each turn that count, and before these. */
  readonly seconds: number;
  readonly warmup: number;
}

/** What was asked for in place of the usual. */
export type AskedTiming = { readonly [Name in keyof Timing]?: number | undefined };

/** How often a case that has no target to meet is played: what it shows is judged by nobody. */
const UNJUDGED = 21;

/**
 * Turns are short and many, since a machine that is shared changes its speed within seconds: whoever is compared must
 * have been seen at about the same moment, often. Of 21 rounds the median is sure to 0.05 for a console opened and to a
 * tenth for echoes, which is nearly as far as targets are away. A tail needs thousands of messages a turn. Memory hardly
 * changes.
 */
const USUAL: Readonly<Record<Measure, Timing>> = {
  cpu: { rounds: 31, seconds: 0.4, warmup: 0.1 },
  latency: { rounds: 31, seconds: 1, warmup: 0.1 },
  memory: { rounds: 2, seconds: 0.4, warmup: 0.1 },
};

export function timingOf({ measure, targets }: Pick<Case, "measure" | "targets">, asked: AskedTiming): Timing {
  const usual = USUAL[measure];
  return {
    rounds: asked.rounds ?? (targets.length > 0 ? usual.rounds : Math.min(usual.rounds, UNJUDGED)),
    seconds: asked.seconds ?? usual.seconds,
    warmup: asked.warmup ?? usual.warmup,
  };
}
