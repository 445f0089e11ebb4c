import type { Case } from "./case.ts";
import { type AskedTiming, timingOf } from "./timing.ts";

/** How long a run takes, from what is in it. */
export interface Play {
  readonly one: Pick<Case, "measure" | "mode" | "targets">;
  readonly peers: readonly { readonly compiles?: boolean }[];
}

/**
 * Seconds of load before a peer's first round: just-in-time compilers go on improving for about as long. V8 does its best
 * for a function that was called some thousand times, and whatever opens a connection is called once for each.
 */
const BREAKING_IN = { compiles: 6, compilesConnecting: 30, native: 1 } as const;

/** Seconds, as seen: a case's stage, a peer's start and the check of its job, what a turn takes beside its load. */
const STAGE = 1;
const START = 1;
const TURN = 0.1;
/** A fresh peer, its first use, thousands of connections, and memory that has settled twice. */
const HELD = 13;

/** Seconds that these cases will take. */
export function estimate(plays: readonly Play[], asked: AskedTiming): number {
  return plays.reduce((sum, play) => sum + secondsOf(play, asked), 0);
}

function secondsOf({ one, peers }: Play, asked: AskedTiming): number {
  const { rounds, seconds, warmup } = timingOf(one, asked);
  const turn = warmup + seconds + TURN;
  if (one.measure === "memory") return STAGE + peers.length * rounds * (HELD + turn);
  return peers.reduce((sum, peer) => sum + START + breakingIn(one, peer) + rounds * turn, STAGE);
}

export function breakingIn(
  { mode }: Pick<Case, "mode">,
  { compiles = false }: { readonly compiles?: boolean },
): number {
  if (!compiles) return BREAKING_IN.native;
  return mode === "handshake" ? BREAKING_IN.compilesConnecting : BREAKING_IN.compiles;
}
