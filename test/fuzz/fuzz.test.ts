import { afterAll, expect, inject, test } from "vitest";
import { readCorpus } from "./corpus.ts";
import { fuzz, MAX_GROWN } from "./engine.ts";
import { lineOf } from "./line.ts";
import { targets } from "./targets.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How long each target is fuzzed, with a new seed each time; absent: a fixed number of fixed inputs. */
    fuzzMilliseconds?: number;
  }
}

const FIXED = { seed: 20_261_121, executions: 4_000 };

const summary: string[] = [];
let total = 0;
afterAll(() => console.log([...summary, `${total} executions`].join("\n")));

test.each(targets)("$name", async (target) => {
  const milliseconds = inject("fuzzMilliseconds");
  const options = milliseconds === undefined ? FIXED : { seed: Date.now() % 2 ** 32, milliseconds };
  const report = await fuzz(target, { ...options, corpus: await readCorpus(target.name) });
  summary.push(`${lineOf(target.name, report)} (seed ${options.seed})`);
  total += report.executions;
  expect(report.executions).toBeGreaterThanOrEqual(1_000);
  expect(report.ways).toBeGreaterThan(1);
  expect(report.grown, "bytes in use").toBeLessThan(MAX_GROWN);
});

test("a target that breaks is found, with what breaks it", async () => {
  const broken = {
    name: "broken",
    seeds: ["a"],
    dictionary: ["needle"],
    run: (input: string) => {
      if (input.includes("needle")) throw new Error("found");
      return String(input.length % 4);
    },
  };
  await expect(fuzz(broken, FIXED)).rejects.toThrow(/broken \(seed 20261121\) broke at ".*needle/);
});

test("a target that keeps what it is given is found", async () => {
  const kept: string[] = [];
  const leaking = {
    name: "leaking",
    seeds: ["a"],
    dictionary: [],
    run: (input: string) => {
      kept.push(Buffer.alloc(8_192, input).toString("latin1"));
      return "one";
    },
  };
  const { grown } = await fuzz(leaking, FIXED);
  expect(grown).toBeGreaterThan(MAX_GROWN);
});
