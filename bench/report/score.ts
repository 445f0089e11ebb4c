// What the samples say: medians, ratios, targets met or not, and which ratios may not be quoted.
import type { Case } from "../cases/case.ts";
import type { Places } from "../measure/machine.ts";
import type { Sample } from "../measure/sample.ts";
import { median } from "./statistics.ts";

/** One peer under one case, over all rounds. */
export interface Score {
  readonly peer: string;
  /** One a round, in the case's measure. */
  readonly values: readonly number[];
  readonly median: number;
  /** Units of work in a second, median. */
  readonly rate: number;
  /** How busy it was, as a share of its CPUs, and how busy the load was, as a share of those that it had; medians. */
  readonly busy: number;
  readonly loadBusy: number;
  /** CPUs that whatever else ran here had in use, median. */
  readonly others: number;
  /** The load was the bottleneck: nothing follows from the value. */
  readonly bound: boolean;
}

/** A CPU that was in use for this share of the time was full. */
const FULL = 0.9;
const MIB = 2 ** 20;

/** Scores every peer of a case; the order is that of their first samples. */
export function scoreCase(one: Case, samples: readonly Sample[], places: Places): readonly Score[] {
  const byPeer = Map.groupBy(samples, ({ peer }) => peer);
  const floors = (byPeer.get("direct") ?? []).map(({ latency }) => latency?.p99 ?? Number.NaN);
  return [...byPeer].map(([peer, own]) => {
    const floorOf = (index: number) => (peer === "direct" ? 0 : (floors[index] ?? Number.NaN));
    const values = own.map((sample, index) => measured(one, sample, floorOf(index)));
    const busy = own.map(({ peerCpu, seconds }) => peerCpu / seconds / one.processes);
    const load = own.map((sample) => loadShare(sample, places));
    const bound = load.filter((share, index) => share >= FULL && (busy[index] ?? 0) < FULL).length;
    return {
      peer,
      values,
      median: median(values),
      rate: median(own.map((sample) => workOf(one, sample) / sample.seconds)),
      busy: median(busy),
      loadBusy: median(load),
      others: median(own.map(({ othersCpu, seconds }) => othersCpu / seconds)),
      bound: one.measure !== "memory" && bound * 2 > own.length,
    };
  });
}

/** `floor`: what the load took in the same round with nothing in between. */
function measured(one: Case, sample: Sample, floor: number): number {
  if (one.measure === "memory") {
    const { before = 0, held = 0 } = sample.memory ?? {};
    return (held - before) / 1024 / one.connections;
  }
  if (one.measure === "latency") return (sample.latency?.p99 ?? Number.NaN) - floor;
  return (sample.peerCpu / workOf(one, sample)) * 1e6;
}

function workOf({ unit }: Case, { units, bytes }: Sample): number {
  return unit === "MiB" ? bytes / MIB : units;
}

/** Of the load's CPUs, or of the one CPU that each of its two programs can use at most. */
function loadShare({ clientCpu, backendCpu, seconds }: Sample, { load }: Places): number {
  const together = (clientCpu + backendCpu) / seconds / Math.max(load.length, 1);
  return Math.max(together, clientCpu / seconds, backendCpu / seconds);
}
