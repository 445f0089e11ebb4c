import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cases } from "./cases/all.ts";
import type { Case } from "./cases/case.ts";
import { measureEdge } from "./edge/edge.ts";
import { buildLoad } from "./load/build.ts";
import { claimMachine } from "./measure/alone.ts";
import { choosePlaces, describeMachine } from "./measure/machine.ts";
import { play } from "./measure/play.ts";
import { missing, peerNames, peersAt } from "./peers/all.ts";
import { direct } from "./peers/direct.ts";
import type { Peer } from "./peers/peer.ts";
import { type CaseResults, concludeCase, type Results } from "./report/results.ts";
import { terminalTable } from "./report/table.ts";
import { updateDocument, writeResults } from "./report/write.ts";
import { soak } from "./soak/soak.ts";

const USAGE = `npm run bench [-- CASE… [options]]

  CASE              ${cases.map(({ name }) => name).join(", ")}; default: all of them
  sessions          instead: what admission, revocations and sweeps cost in one process; nothing else is started
  attackers         instead: what 200 slow attackers of each kind do to an honest client's p99 and to memory
  edge              instead: what the Worker costs in workerd, beside one that only passes on
  soak              instead: connections come, go, stream and idle; memory, descriptors and timers must come back
  --rounds N        default 3
  --seconds N       of load in each round, default 4
  --warmup N        seconds before that, default 1
  --minutes N       of the soak, default 10
  --without PEER    leaves a peer out, and says so; can be repeated
  --docs            writes the table and the plot into docs/
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    warmup: { type: "string", default: "1" },
    minutes: { type: "string", default: "10" },
    without: { type: "string", multiple: true, default: [] },
    docs: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

process.exitCode = values.help ? help() : await runAlone();

function help(): number {
  process.stdout.write(USAGE);
  return 0;
}

async function runAlone(): Promise<number> {
  await using machine = await claimMachine();
  if (machine) return await runChosen();
  process.stderr.write("another bench runs on this machine: both would measure each other\n");
  return 2;
}

function runChosen(): Promise<number> {
  if (positionals[0] === "sessions") return runProgram("./sessions/sessions.ts");
  if (positionals[0] === "attackers") return runProgram("./attackers/attackers-bench.ts", ["--rounds", values.rounds]);
  if (positionals[0] === "edge") return runEdge();
  return positionals[0] === "soak" ? runSoak() : runCases();
}

/** In a process of its own: memory is measured there. */
async function runProgram(path: string, words: readonly string[] = []): Promise<number> {
  const program = fileURLToPath(new URL(path, import.meta.url));
  const [code] = await once(spawn(process.execPath, ["--expose-gc", program, ...words], { stdio: "inherit" }), "exit");
  return Number(code ?? 1);
}

async function runEdge(): Promise<number> {
  await measureEdge({ rounds: Number(values.rounds) });
  return 0;
}

async function runSoak(): Promise<number> {
  if (!isComplete([])) return 2;
  return (await soak({ program: await buildLoad(), minutes: Number(values.minutes) })) ? 0 : 1;
}

/** 0 where every target that could be judged was met. */
async function runCases(): Promise<number> {
  const chosen = chooseCases(positionals);
  if (!chosen || !knowsAll(values.without)) return 2;
  const cast = castOf(chosen);
  if (!isComplete(cast)) return 2;
  const program = await buildLoad();
  const concluded: CaseResults[] = [];
  for (const one of chosen) concluded.push(await playCase(one, program));
  const results = await gather(cast, concluded);
  const folder = await writeResults(results);
  process.stdout.write(`\nwritten to ${folder}\n`);
  if (values.docs) await updateDocument(results);
  return concluded.some(({ verdicts }) => verdicts.some(({ met }) => met === false)) ? 1 : 0;
}

function chooseCases(names: readonly string[]): readonly Case[] | undefined {
  const unknown = names.filter((name) => !cases.some((one) => one.name === name));
  if (unknown.length === 0) return names.length === 0 ? cases : cases.filter(({ name }) => names.includes(name));
  process.stderr.write(`no such case: ${unknown.join(", ")}\n\n${USAGE}`);
  return undefined;
}

/** A name that nobody has would leave nobody out, and say that it did. */
function knowsAll(names: readonly string[]): boolean {
  const unknown = names.filter((name) => !peerNames.has(name));
  if (unknown.length > 0) process.stderr.write(`no such peer: ${unknown.join(", ")}\n\n${USAGE}`);
  return unknown.length === 0;
}

/** Everybody who takes part in these cases. */
function castOf(chosen: readonly Case[]): readonly Peer[] {
  return [...new Set(chosen.flatMap(takingPart))];
}

function takingPart({ job, without }: Case): readonly Peer[] {
  return peersAt[job].filter(({ name }) => !values.without.includes(name) && without?.[name] === undefined);
}

/** Says what is missing and how to get it: fewer peers are compared only when that was asked for. */
function isComplete(cast: readonly Peer[]): boolean {
  const gaps = missing(cast);
  if (gaps.length === 0) return true;
  process.stderr.write(
    `missing: ${gaps.map(({ needs }) => needs).join(", ")}\n` +
      `  apt-get install -y --no-install-recommends ${[...new Set(gaps.map(({ debian }) => debian))].join(" ")}\n` +
      "or leave peers out with --without PEER\n",
  );
  return false;
}

async function playCase(one: Case, program: string): Promise<CaseResults> {
  const inIt = takingPart(one);
  const samples = await play(one, {
    program,
    peers: one.measure === "latency" ? [...inIt, direct] : inIt,
    rounds: Number(values.rounds),
    warmup: Number(values.warmup),
    seconds: Number(values.seconds),
    onSample: () => void process.stderr.write("."),
  });
  const result = concludeCase(one, samples, choosePlaces(one.processes));
  process.stdout.write(terminalTable(result));
  return result;
}

async function gather(cast: readonly Peer[], concluded: readonly CaseResults[]): Promise<Results> {
  const versions = await Promise.all(cast.map(async (peer) => [peer.name, await peer.version()] as const));
  return {
    made: new Date().toISOString(),
    machine: describeMachine(),
    versions: Object.fromEntries(versions),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    leftOut: values.without,
    cases: concluded,
  };
}
