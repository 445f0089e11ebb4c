import { expect, inject, test } from "vitest";
import { readCorpus } from "./corpus.ts";
import { fuzz } from "./engine.ts";
import { targets } from "./targets.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How long each target is fuzzed, with a new seed each time; absent: a fixed number of fixed inputs. */
    fuzzMilliseconds?: number;
  }
}

const FIXED = { seed: 20_261_121, executions: 4_000 };

test.each(targets)("$name", async (target) => {
  const milliseconds = inject("fuzzMilliseconds");
  const options = milliseconds === undefined ? FIXED : { seed: Date.now() % 2 ** 32, milliseconds };
  const { executions, ways, slowest } = await fuzz(target, { ...options, corpus: await readCorpus(target.name) });
  console.log(
    `${target.name}: seed ${options.seed}, ${executions} executions, ${ways} ways, slowest ${slowest.toFixed(1)} ms`,
  );
  expect(executions).toBeGreaterThanOrEqual(1_000);
  expect(ways).toBeGreaterThan(1);
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
