import type { Timing } from "../cases/timing.ts";
import type { Latency, LoadEnd, LoadProgram } from "../load/program.ts";
import { prefer } from "./priority.ts";
import { machineTimes, processTree } from "./processes.ts";
import { runAtOnce } from "./realtime.ts";
import { settledPss } from "./settle.ts";

/** One peer under one case in one round. */
export interface Sample {
  readonly peer: string;
  readonly round: number;
  readonly seconds: number;
  /** Messages, handshakes, requests; frames where bytes are what counts. */
  readonly units: number;
  readonly bytes: number;
  readonly resumed: number;
  /** CPU seconds while the load ran. */
  readonly peerCpu: number;
  readonly clientCpu: number;
  readonly backendCpu: number;
  /** Of whatever else ran on this machine meanwhile. */
  readonly othersCpu: number;
  /** Of these, what the host of this machine gave to others. */
  readonly stolenCpu: number;
  readonly latency?: Latency;
  /** Whoever took part ran before all ordinary programs. */
  readonly preferred: boolean;
  /** Pss in bytes, before and with the connections that are held. */
  readonly memory?: { readonly before: number; readonly held: number };
}

export interface Subjects {
  readonly peer: readonly number[];
  readonly client: LoadProgram;
  readonly backend: LoadProgram;
  readonly clock: LoadProgram;
  /** What keeps the CPUs awake. */
  readonly awake: readonly number[];
  /** The connections are held only, once their work is done. */
  readonly held?: boolean;
}

export type Measured = Omit<Sample, "peer" | "round">;

/** Seconds before a turn that do not count, and of it. */
type TurnTiming = Pick<Timing, "warmup" | "seconds">;

/**
 * One turn: a warm-up, then the CPU time from before the load to after the last of its work. Nothing is under way at
 * either moment (but in a stream), so that what is counted is what the work cost. Processes are looked for once, before,
 * and run before other programs from then on where that is allowed.
 */
export async function sampleLoad(subjects: Subjects, { warmup, seconds }: TurnTiming): Promise<Measured> {
  const { client, backend, clock, awake, held } = subjects;
  const parts = [await processTree(subjects.peer), [client.pid], [backend.pid]];
  await using preference = await prefer(parts.flat());
  const groups = [...parts, awake];
  if (warmup > 0) await client.turn(warmup);
  const before = await readCpu(clock, groups);
  const end = await client.turn(seconds);
  const after = await readCpu(clock, groups);
  if (end.bytes === 0 && !held) throw new Error("no work was done");
  return { ...countsOf(end), ...difference(before, after), preferred: preference.allowed };
}

/** How often a turn is played at most of which the host took a part for others. */
const ATTEMPTS = 3;

/**
 * The load's own latency figures: where it is allowed, nobody else delays the load and the stand-in. What the host of a
 * virtual machine takes away delays any peer alike, by whole milliseconds: such a turn is played again.
 */
export async function sampleLatency(subjects: Subjects, timing: TurnTiming): Promise<Measured> {
  const { client, backend } = subjects;
  const atOnce = await runAtOnce([client.pid, backend.pid]);
  const measured = await leastStolen(() => sampleLoad(subjects, timing));
  return { ...measured, preferred: measured.preferred && atOnce };
}

/** The first turn of which nothing was taken, or else the one of which least was. */
export async function leastStolen<Turn extends Pick<Measured, "stolenCpu">>(play: () => Promise<Turn>): Promise<Turn> {
  let least = await play();
  for (let played = 1; played < ATTEMPTS && least.stolenCpu > 0; played++) {
    const again = await play();
    if (again.stolenCpu < least.stolenCpu) least = again;
  }
  return least;
}

/** Memory before the client is started and with its connections held. The peer has served others before. */
export async function sampleHeld(
  subjects: Omit<Subjects, "client">,
  start: () => Promise<LoadProgram>,
  timing: TurnTiming,
): Promise<Measured> {
  const before = await settledPss(subjects.peer);
  await using client = await start();
  const measured = await sampleLoad({ ...subjects, client, held: true }, timing);
  return { ...measured, memory: { before, held: await settledPss(subjects.peer) } };
}

function countsOf({ seconds, units, bytes, resumed, latency }: LoadEnd) {
  return { seconds, units, bytes, resumed, ...(latency ? { latency } : {}) };
}

type CpuReading = Pick<Sample, "peerCpu" | "clientCpu" | "backendCpu" | "othersCpu" | "stolenCpu">;

async function readCpu(clock: LoadProgram, groups: readonly (readonly number[])[]): Promise<CpuReading> {
  const [{ spent, stolen }, [peerCpu = 0, clientCpu = 0, backendCpu = 0, awakeCpu = 0]] = await Promise.all([
    machineTimes(),
    clock.spent(groups),
  ]);
  return {
    peerCpu,
    clientCpu,
    backendCpu,
    othersCpu: spent - peerCpu - clientCpu - backendCpu - awakeCpu,
    stolenCpu: stolen,
  };
}

function difference(before: CpuReading, after: CpuReading): CpuReading {
  return {
    peerCpu: after.peerCpu - before.peerCpu,
    clientCpu: after.clientCpu - before.clientCpu,
    backendCpu: after.backendCpu - before.backendCpu,
    othersCpu: Math.max(0, after.othersCpu - before.othersCpu),
    stolenCpu: after.stolenCpu - before.stolenCpu,
  };
}
