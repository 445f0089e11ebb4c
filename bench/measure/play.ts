import type { Case } from "../cases/case.ts";
import type { Timing } from "../cases/timing.ts";
import type { Peer } from "../peers/peer.ts";
import { throwIfStopped } from "./child.ts";
import { enter, type Player } from "./player.ts";
import type { Sample } from "./sample.ts";
import { setStage } from "./stage.ts";

export interface PlayOptions extends Timing {
  readonly program: string;
  readonly peers: readonly Peer[];
  readonly onSample: (sample: Sample) => void;
}

/**
 * Plays a case: in each round every peer in turn, in another order each time, so that what else happens on the machine
 * meets all of them. Peers run from the first round to the last, but for memory, which is measured on fresh ones.
 */
export async function play(one: Case, options: PlayOptions): Promise<readonly Sample[]> {
  await using stage = await setStage(one, options.program);
  await using cast = new AsyncDisposableStack();
  const players: Player[] = [];
  for (const peer of options.peers) players.push(cast.use(await enter({ one, stage, peer, timing: options })));
  const samples: Sample[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const player of ordered(players, round)) {
      const sample = { peer: player.name, round, ...(await player.turn()) };
      throwIfStopped();
      options.onSample(sample);
      samples.push(sample);
    }
  }
  return samples;
}

/** Whoever begins is another one each time, and neighbours change sides: what gets slower meanwhile is nobody's fault. */
export function ordered<Item>(items: readonly Item[], round: number): readonly Item[] {
  const at = round % items.length;
  const turned = [...items.slice(at), ...items.slice(0, at)];
  return round % 2 === 0 ? turned : turned.reverse();
}
