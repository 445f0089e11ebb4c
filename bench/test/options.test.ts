// Tests of what the bench decides without measuring anything: its options, its verdicts, its report.
import { describe, expect, it } from "vitest";
import { parseOptions } from "../options.ts";

const known = { cases: ["echo", "stream"], programs: ["soak", "edge"], peers: new Set(["sallyport", "haproxy"]) };

function faultOf(...words: string[]): string {
  const parsed = parseOptions(words, known);
  return "fault" in parsed ? parsed.fault : "";
}

describe("options of the bench", () => {
  it("are whole without a word", () => {
    expect(parseOptions([], known)).toEqual({
      options: { names: [], minutes: 10, without: [], profile: false, help: false },
    });
  });

  it("name cases, numbers, peers to leave out and the document", () => {
    const words = ["echo", "--rounds", "5", "--seconds=1.5", "--without", "haproxy", "--docs"];
    expect(parseOptions(words, known)).toMatchObject({
      options: { names: ["echo"], rounds: 5, seconds: 1.5, without: ["haproxy"], document: "docs/benchmarks.md" },
    });
    expect(parseOptions(["--docs-file", "x.md"], known)).toMatchObject({ options: { document: "x.md" } });
  });

  it.each([
    [["ecko"], "no such case: ecko"],
    [["soak", "echo"], "soak runs by itself"],
    [["--without", "nobody"], "no such peer: nobody; there are sallyport, haproxy"],
    [["--fast"], "Unknown option '--fast'"],
    [["--rounds", "0"], '--rounds takes a whole number of at least 1, not "0"'],
    [["--rounds", "2.5"], "--rounds takes a whole number"],
    [["--seconds", "soon"], '--seconds takes a number of at least 0.1, not "soon"'],
    [["--minutes", ""], "--minutes takes a number"],
  ])("%j are refused, and it is said why", (words, told) => {
    expect(faultOf(...words)).toContain(told);
  });
});
