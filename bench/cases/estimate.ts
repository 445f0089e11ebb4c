import type { Case } from "./case.ts";

/** How long a run takes, from what is in it. */
export interface Play {
  readonly one: Pick<Case, "measure">;
  readonly peers: readonly { readonly compiles?: boolean }[];
}

/** Seconds of load before a peer's first round: just-in-time compilers go on improving for about as long. */
export const BREAKING_IN = { compiles: 6, native: 1 } as const;

/** Seconds, as seen: a case's stage, a peer's start and the check of its job, a load's start and end. */
const STAGE = 1;
const START = 1;
const LOAD = 0.5;
/** A fresh peer, its first use, thousands of connections, and memory that has settled twice. */
const HELD = 13;

/** Seconds that these cases will take. */
export function estimate(
  plays: readonly Play[],
  timing: { readonly rounds: number; readonly seconds: number; readonly warmup: number },
): number {
  const turn = timing.warmup + timing.seconds + LOAD;
  const secondsOf = ({ one, peers }: Play) => {
    if (one.measure === "memory") return STAGE + peers.length * timing.rounds * (HELD + timing.warmup + timing.seconds);
    return peers.reduce((sum, { compiles }) => sum + START + breakingIn(compiles) + timing.rounds * turn, STAGE);
  };
  return plays.reduce((sum, play) => sum + secondsOf(play), 0);
}

export function breakingIn(compiles = false): number {
  return compiles ? BREAKING_IN.compiles : BREAKING_IN.native;
}
