import { setTimeout as wait } from "node:timers/promises";
import { descriptors, pssBytes } from "../measure/processes.ts";
import type { RunningPeer } from "../peers/peer.ts";
import type { NodeHandle } from "../peers/start-node.ts";

/** What a gateway says of itself. */
export interface Resources {
  /** Handles and requests that are active, by kind. */
  readonly active: Readonly<Record<string, number>>;
  /** Bytes that the collector cannot free. */
  readonly reachable: number;
}

/** What a gateway holds. */
export interface State extends Resources {
  readonly descriptors: number;
  readonly pss: number;
}

/** What is left when nobody asks for anything. */
export interface Rest extends State {
  /** Timers, sockets and messages that are reachable, by kind. */
  readonly alive: Readonly<Record<string, number>>;
}

export type Gateway = RunningPeer & NodeHandle;

const LOOK_EVERY = 1_000;
/** Longer than idle connections to controllers are kept (15 s). */
const QUIET_LOOKS = 20;
const PATIENCE = 120;

export async function readState(gateway: Gateway): Promise<State> {
  const { active, reachable } = (await gateway.ask("resources")) as Resources;
  return { descriptors: await descriptors(gateway.pids), active, reachable, pss: await pssBytes(gateway.pids) };
}

/** The state once neither descriptors nor handles change any more; as it is after two minutes. */
export async function settledState(gateway: Gateway): Promise<Rest> {
  let last = await readState(gateway);
  for (let look = 0, quiet = 0; look < PATIENCE && quiet < QUIET_LOOKS; look++) {
    await wait(LOOK_EVERY);
    const next = await readState(gateway);
    quiet = countsOf(next) === countsOf(last) ? quiet + 1 : 0;
    last = next;
  }
  return { ...last, alive: (await gateway.ask("alive")) as Rest["alive"] };
}

function countsOf({ descriptors, active }: State): string {
  return JSON.stringify([descriptors, Object.entries(active).sort()]);
}
