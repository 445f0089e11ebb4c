import { describe, expect, it } from "vitest";
import { cases } from "../cases/all.ts";
import type { Case } from "../cases/case.ts";
import type { Sample } from "../measure/sample.ts";
import { concludeCase } from "../report/results.ts";
import { terminalTable } from "../report/table.ts";

const played = { places: { peer: [0], load: [1] }, timing: { rounds: 1, seconds: 1, warmup: 0 } };

function caseOf(wanted: string): Case {
  const found = cases.find(({ name }) => name === wanted);
  if (!found) throw new Error(`the case ${wanted} is gone`);
  return found;
}

const echoCase = () => caseOf("echo");

interface Seen {
  readonly peer: string;
  readonly peerCpu?: number;
  readonly clientCpu?: number;
  readonly units?: number;
}

function sample({ peer, peerCpu = 0.98, clientCpu = 0.3, units = 10_000 }: Seen): Sample {
  const counts = { units, bytes: units * 64, resumed: 0 };
  return {
    peer,
    round: 0,
    seconds: 1,
    ...counts,
    peerCpu,
    clientCpu,
    backendCpu: 0.2,
    othersCpu: 0,
    stolenCpu: 0,
    preferred: true,
  };
}

function tail(peer: string, p99: number): Sample {
  return { ...sample({ peer }), latency: { p50: 0, p99, p999: 0, max: 0, count: 1 } };
}

/** Rounds in which we take 100, 200, 300 … µs more than nothing in between, and haproxy half of it. */
function tails(stolen: readonly number[]): readonly Sample[] {
  return stolen.flatMap((stolenCpu, round) => [
    { ...tail("sallyport", (round + 1) * 100 + 20), round, stolenCpu },
    { ...tail("haproxy", (round + 1) * 50 + 20), round, stolenCpu: 0 },
    { ...tail("direct", 20), round, stolenCpu: 0 },
  ]);
}

describe("verdicts", () => {
  it("are none beside a peer at which nothing could be measured", () => {
    const samples = [sample({ peer: "sallyport" }), sample({ peer: "haproxy", peerCpu: 0 }), sample({ peer: "node" })];
    const { verdicts } = concludeCase(echoCase(), samples, played);
    expect(verdicts[0]).toMatchObject({ refused: "nothing could be measured at haproxy" });
    expect(verdicts[1]?.value).toBeCloseTo(1);
  });

  it("are of the medians, ours by theirs", () => {
    const samples = [0.9, 0.5, 0.6].flatMap((peerCpu) => [
      sample({ peer: "sallyport", peerCpu }),
      sample({ peer: "haproxy", peerCpu: peerCpu / 2 }),
      sample({ peer: "node", peerCpu: peerCpu / 0.8 }),
    ]);
    const { verdicts } = concludeCase(echoCase(), samples, played);
    expect(verdicts.map(({ met }) => met)).toEqual([false, false]);
    expect(verdicts[0]?.value).toBeCloseTo(2);
    expect(verdicts[1]?.value).toBeCloseTo(0.8);
  });

  it("compare within a round, so that a machine that gets slower meanwhile changes nothing", () => {
    const samples = [0.1, 0.4, 0.2, 0.8, 0.3].flatMap((peerCpu) => [
      sample({ peer: "sallyport", peerCpu: peerCpu * 1.5 }),
      sample({ peer: "haproxy", peerCpu }),
    ]);
    const [verdict] = concludeCase(echoCase(), samples, played).verdicts;
    expect(verdict?.value).toBeCloseTo(1.5);
    expect(verdict?.range?.low).toBeCloseTo(1.5);
    expect(verdict?.range?.high).toBeCloseTo(1.5);
  });

  it("subtract from a latency what the same round's was with nothing in between", () => {
    const samples = [1, 1000, 10].flatMap((floor) => [
      tail("sallyport", floor + 300),
      tail("haproxy", floor + 200),
      tail("direct", floor),
    ]);
    const { scores, verdicts } = concludeCase(caseOf("paced"), samples, played);
    expect(scores.map(({ median }) => median)).toEqual([300, 200, 10]);
    expect(verdicts[0]?.value).toBeCloseTo(1.5);
    expect(verdicts[0]).not.toHaveProperty("range");
  });

  it("leave the rounds of a tail out in which the host took CPU from anybody", () => {
    const { verdicts, ...concluded } = concludeCase(caseOf("paced"), tails([0, 0.01, 0, 0.5]), played);
    expect(concluded.scores.map(({ values }) => values)).toEqual([
      [100, 300],
      [50, 150],
      [20, 20],
    ]);
    expect(verdicts[0]?.value).toBeCloseTo(2);
    expect(terminalTable({ verdicts, ...concluded })).toContain("Without 2 of the rounds");
  });

  it("are none of a tail that the host had a part in too often", () => {
    const concluded = concludeCase(caseOf("paced"), tails([0, 0.01, 0.01, 0.5]), played);
    const refused = "the host of this machine took CPU in 3 of 4 rounds";
    expect(concluded.verdicts).toEqual([expect.objectContaining({ refused })]);
    expect(terminalTable(concluded)).toContain(`no ratio, ${refused}`);
  });

  it("are refused where the load was full and the peer was not", () => {
    const samples = [
      sample({ peer: "sallyport" }),
      sample({ peer: "haproxy", peerCpu: 0.5, clientCpu: 0.95 }),
      sample({ peer: "node", clientCpu: 0.95 }),
    ];
    const concluded = concludeCase(echoCase(), samples, played);
    expect(concluded.verdicts[0]).toMatchObject({ refused: "the load was the bottleneck at haproxy" });
    expect(concluded.verdicts[0]).not.toHaveProperty("value");
    // Node was full, too: what limited it was its own.
    expect(concluded.verdicts[1]?.value).toBeCloseTo(1);
    expect(terminalTable(concluded)).toContain("no ratio, the load was the bottleneck at haproxy");
  });

  it("are told with what other programs had a part in", () => {
    const told = (preferred: boolean) =>
      terminalTable(concludeCase(echoCase(), [{ ...sample({ peer: "sallyport" }), preferred }], played));
    expect(told(false)).toContain("Without a raised priority");
    expect(told(true)).not.toContain("Without a raised priority");
  });

  it("say which peer was not measured", () => {
    const { verdicts } = concludeCase(echoCase(), [sample({ peer: "sallyport" })], played);
    expect(verdicts.map(({ refused }) => refused)).toEqual(["not measured", "not measured"]);
  });
});
