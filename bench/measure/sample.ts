import type { Latency, LoadEnd, LoadProgram } from "../load/program.ts";
import { prefer } from "./priority.ts";
import { cpuSeconds, machineSeconds } from "./processes.ts";
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
  readonly latency?: Latency;
  /** Beside a latency: whoever took part ran before all ordinary programs. */
  readonly preferred?: boolean;
  /** Pss in bytes, before and with the connections that are held. */
  readonly memory?: { readonly before: number; readonly held: number };
}

export interface Subjects {
  readonly peer: readonly number[];
  readonly client: LoadProgram;
  readonly backend: LoadProgram;
  /** The connections are held only, once their work is done. */
  readonly held?: boolean;
}

export type Measured = Omit<Sample, "peer" | "round">;

/** CPU time between the load's `begin` and `end`. */
export async function sampleLoad(subjects: Subjects): Promise<Measured> {
  const { client } = subjects;
  await client.next("ready");
  await client.next("begin");
  const before = await readCpu(subjects);
  const end = await client.next("end");
  const after = await readCpu(subjects);
  if (end.bytes === 0 && !subjects.held) throw new Error("no work was done");
  return { ...countsOf(end), ...difference(before, after) };
}

/** The load's own latency figures, with everybody who takes part before other programs where that is allowed. */
export async function sampleLatency(subjects: Subjects): Promise<Measured> {
  const { peer, client, backend } = subjects;
  const preferred = await prefer([...peer, client.pid, backend.pid]);
  return { ...(await sampleLoad(subjects)), preferred };
}

/** Memory before the client is started and with its connections held. The peer has served others before. */
export async function sampleHeld(
  subjects: Omit<Subjects, "client">,
  start: () => Promise<LoadProgram>,
): Promise<Measured> {
  const before = await settledPss(subjects.peer);
  await using client = await start();
  const measured = await sampleLoad({ ...subjects, client, held: true });
  return { ...measured, memory: { before, held: await settledPss(subjects.peer) } };
}

function countsOf({ seconds, units, bytes, resumed, latency }: LoadEnd) {
  return { seconds, units, bytes, resumed, ...(latency ? { latency } : {}) };
}

type CpuReading = Pick<Sample, "peerCpu" | "clientCpu" | "backendCpu" | "othersCpu">;

async function readCpu({ peer, client, backend }: Subjects): Promise<CpuReading> {
  const [peerCpu, clientCpu, backendCpu, all] = await Promise.all([
    cpuSeconds(peer),
    cpuSeconds([client.pid]),
    cpuSeconds([backend.pid]),
    machineSeconds(),
  ]);
  return { peerCpu, clientCpu, backendCpu, othersCpu: all - peerCpu - clientCpu - backendCpu };
}

function difference(before: CpuReading, after: CpuReading): CpuReading {
  return {
    peerCpu: after.peerCpu - before.peerCpu,
    clientCpu: after.clientCpu - before.clientCpu,
    backendCpu: after.backendCpu - before.backendCpu,
    othersCpu: Math.max(0, after.othersCpu - before.othersCpu),
  };
}
