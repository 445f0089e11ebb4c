import { type Case, echo } from "../cases/case.ts";
import { breakingIn } from "../cases/estimate.ts";
import type { Timing } from "../cases/timing.ts";
import type { LoadProgram } from "../load/program.ts";
import type { Peer, RunningPeer } from "../peers/peer.ts";
import { type Measured, type Subjects, sampleHeld, sampleLatency, sampleLoad } from "./sample.ts";
import type { Stage } from "./stage.ts";

/** A peer that takes part in a case. */
export interface Player extends AsyncDisposable {
  readonly name: string;
  /** Its turn in a round. */
  turn(): Promise<Measured>;
}

export interface Part {
  readonly one: Case;
  readonly stage: Stage;
  readonly peer: Peer;
  readonly timing: Timing;
}

/** A short use before memory is read: code is loaded and compiled, pools and tables are there. */
const FIRST_USE = { mode: "echo", connections: 100, size: 64, sessions: 100, request: echo } as const;

/** Has a peer take part. One whose memory counts starts anew with each turn; every other is started and used already. */
export async function enter(part: Part): Promise<Player> {
  const { one, peer } = part;
  const player = await named(part, () => (one.measure === "memory" ? holder(part) : worker(part)));
  return {
    name: peer.name,
    turn: () => named(part, () => player.turn()),
    [Symbol.asyncDispose]: () => player[Symbol.asyncDispose](),
  };
}

/** Faults say whose they are. */
async function named<Outcome>({ one, peer }: Part, act: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`${one.name} at ${peer.name}: ${(error as Error).message}`, { cause: error });
  }
}

type Acting = Omit<Player, "name">;

function holder({ stage, peer, timing }: Part): Promise<Acting> {
  const turn = async () => {
    await using started = await stage.start(peer);
    await use(await stage.client(started.port, FIRST_USE), 1);
    return await sampleHeld(subjectsOf(stage, started), () => stage.client(started.port), timing);
  };
  return Promise.resolve({ turn, [Symbol.asyncDispose]: () => Promise.resolve() });
}

function subjectsOf({ backend, clock, awake }: Stage, { pids }: RunningPeer): Omit<Subjects, "client"> {
  return { peer: pids, backend, clock, awake };
}

async function worker(part: Part): Promise<Acting> {
  const { one, stage, peer, timing } = part;
  await using stack = new AsyncDisposableStack();
  const started = stack.use(await stage.start(peer));
  const clients = stack.use(await breakIn(part, started));
  const sampled = one.measure === "latency" ? sampleLatency : sampleLoad;
  const turn = async () => {
    await using client = await clients.take();
    return await sampled({ ...subjectsOf(stage, started), client }, timing);
  };
  const owned = stack.move();
  return { turn, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Clients extends AsyncDisposable {
  take(): Promise<LoadProgram>;
}

/**
 * Uses a peer until its speed is that of one that has run for days, and says who loads it from then on: one client that
 * keeps its connections, which asks nothing between turns and so costs nothing. A stream cannot be silenced without
 * filling every buffer on its way, whose contents the next turn would find done: each turn has a client of its own.
 */
async function breakIn({ one, stage, peer }: Part, { port }: RunningPeer): Promise<Clients> {
  await using stack = new AsyncDisposableStack();
  const client = stack.use(await stage.client(port));
  await client.turn(breakingIn(one, peer));
  if (one.mode === "stream") return { take: () => stage.client(port), [Symbol.asyncDispose]: () => Promise.resolve() };
  const owned = stack.move();
  const lent = { ...client, [Symbol.asyncDispose]: () => Promise.resolve() };
  return { take: () => Promise.resolve(lent), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function use(client: LoadProgram, seconds: number): Promise<void> {
  await using used = client;
  await used.turn(seconds);
}
