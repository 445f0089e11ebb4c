import { type Case, echo } from "../cases/case.ts";
import { breakingIn } from "../cases/estimate.ts";
import type { Peer, RunningPeer } from "../peers/peer.ts";
import { type Measured, type Sample, sampleHeld, sampleLatency, sampleLoad } from "./sample.ts";
import { type Load, type Stage, setStage, type Timing } from "./stage.ts";

export interface PlayOptions extends Timing {
  readonly program: string;
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly onSample: (sample: Sample) => void;
}

/** A short use before memory is read: code is loaded and compiled, pools and tables are there. */
const FIRST_USE = { mode: "echo", connections: 100, size: 64, sessions: 100, request: echo } as const;

/**
 * Plays a case: in each round every peer in turn, in another order each time, so that what else happens on the machine
 * meets all of them. Peers run from the first round to the last, but for memory, which is measured on fresh ones.
 */
export async function play(one: Case, options: PlayOptions): Promise<readonly Sample[]> {
  await using stage = await setStage(one, options.program);
  await using cast = new AsyncDisposableStack();
  const running = new Map<Peer, RunningPeer>();
  const samples: Sample[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const peer of rotated(options.peers, round)) {
      const measured = await measureOne({ one, stage, peer, cast, running, timing: options });
      const sample = { peer: peer.name, round, ...measured };
      options.onSample(sample);
      samples.push(sample);
    }
  }
  return samples;
}

interface Turn {
  readonly one: Case;
  readonly stage: Stage;
  readonly peer: Peer;
  readonly cast: AsyncDisposableStack;
  readonly running: Map<Peer, RunningPeer>;
  readonly timing: Timing;
}

async function measureOne(turn: Turn): Promise<Measured> {
  const { one, stage, peer, cast, running } = turn;
  const timing = { warmup: turn.timing.warmup, seconds: turn.timing.seconds };
  try {
    if (one.measure === "memory") return await measureHeld(stage, peer, timing);
    const started = running.get(peer) ?? cast.use(await breakIn(stage, peer));
    running.set(peer, started);
    await using client = await stage.client(started.port, timing);
    const sampled = one.measure === "latency" ? sampleLatency : sampleLoad;
    return await sampled({ peer: started.pids, client, backend: stage.backend });
  } catch (error) {
    throw new Error(`${one.name} at ${peer.name}: ${(error as Error).message}`, { cause: error });
  }
}

async function measureHeld(stage: Stage, peer: Peer, timing: Timing): Promise<Measured> {
  await using started = await stage.start(peer);
  await use(stage, started.port, { seconds: 1, load: FIRST_USE });
  return await sampleHeld({ peer: started.pids, backend: stage.backend }, () => stage.client(started.port, timing));
}

/** Starts a peer and uses it until its speed is that of one that has run for days. */
async function breakIn(stage: Stage, peer: Peer): Promise<RunningPeer> {
  await using stack = new AsyncDisposableStack();
  const started = stack.use(await stage.start(peer));
  await use(stage, started.port, { seconds: breakingIn(peer.compiles) });
  stack.move();
  return started;
}

interface Use {
  readonly seconds: number;
  /** Absent: that of the stage's case. */
  readonly load?: Load;
}

async function use(stage: Stage, port: number, { seconds, load }: Use): Promise<void> {
  await using client = await stage.client(port, { warmup: 0, seconds }, load);
  await client.next("ready");
  await client.next("begin");
  await client.next("end");
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
