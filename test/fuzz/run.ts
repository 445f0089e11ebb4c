import process from "node:process";
import { parseArgs } from "node:util";
import { readCorpus, writeCorpus } from "./corpus.ts";
import { fuzz, MAX_GROWN } from "./engine.ts";
import { lineOf } from "./line.ts";
import { targets } from "./targets.ts";

/** Hours on request: `node test/fuzz/run.ts --seconds 3600 [--only tokens] [--keep]` */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    only: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

const chosen = targets.filter(({ name }) => values.only === undefined || name === values.only);
const seed = Number(values.seed);
const milliseconds = (Number(values.seconds) * 1000) / Math.max(1, chosen.length);
let total = 0;
for (const target of chosen) {
  const report = await fuzz(target, { seed, milliseconds, corpus: await readCorpus(target.name) });
  total += report.executions;
  process.stdout.write(`${lineOf(target.name, report)}\n`);
  if (report.grown > MAX_GROWN) process.exitCode = 1;
  if (values.keep) await writeCorpus(target.name, report.corpus);
}
process.stdout.write(`seed ${seed}: ${total} executions\n`);
