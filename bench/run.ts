import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { cases } from "./cases/all.ts";
import type { Case } from "./cases/case.ts";
import { estimate } from "./cases/estimate.ts";
import { timingOf } from "./cases/timing.ts";
import { measureEdge } from "./edge/edge.ts";
import { buildLoad } from "./load/build.ts";
import { claimMachine } from "./measure/alone.ts";
import { stopAll } from "./measure/child.ts";
import { choosePlaces, describeMachine } from "./measure/machine.ts";
import { play } from "./measure/play.ts";
import { type Options, parseOptions } from "./options.ts";
import { howToGet, missing, peerNames, peersAt } from "./peers/all.ts";
import { direct } from "./peers/direct.ts";
import type { Peer } from "./peers/peer.ts";
import { productionOptions } from "./peers/sallyport.ts";
import { hasProfile, profileCase, profileText } from "./profile/profile.ts";
import { type CaseResults, concludeCase, type Results } from "./report/results.ts";
import { terminalTable } from "./report/table.ts";
import { ARTIFACTS, checkDocument, updateDocument, writeResults } from "./report/write.ts";
import { soak } from "./soak/soak.ts";

const USAGE = `npm run bench [-- CASE… [options]]

  CASE              ${cases.map(({ name }) => name).join(", ")}; default: all of them
  sessions          instead: what admission, revocations and sweeps cost in one process; nothing else is started
  attackers         instead: what 200 slow attackers of each kind do to an honest client's p99 and to memory
  edge              instead: what the Worker costs in workerd, beside one that only passes on
  soak              instead: connections come, go, stream and idle; memory, descriptors and timers must come back
  --rounds N        default: 31 of short turns, 21 where there is no target, 2 where it is memory;
                    programs have their own
  --seconds N       of load in each turn, default 0.4, where it is latency 1; of a profile 5
  --warmup N        seconds before that, default 0.1
  --minutes N       of the soak, default 10
  --without PEER    leaves a peer out, and says so; can be repeated
  --profile         instead of comparing: where the gateway's CPU time goes in each case (web, one process)
  --docs            puts the table into docs/benchmarks.md and the plot beside it
  --docs-file FILE  into this document instead, between its lines <!-- results --> and <!-- end of results -->
`;

/** Of those other programs that have some. */
const PROGRAM_ROUNDS = 3;
const PROGRAMS = ["sessions", "attackers", "edge", "soak"] as const;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const parsed = parseOptions(process.argv.slice(2), {
  cases: cases.map(({ name }) => name),
  programs: PROGRAMS,
  peers: peerNames,
});

process.exitCode = "fault" in parsed ? misunderstood(parsed.fault) : await obey(parsed.options);

function misunderstood(fault: string): number {
  process.stderr.write(`${fault}\n\n${USAGE}`);
  return 2;
}

async function obey(options: Options): Promise<number> {
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  await using machine = await claimMachine();
  if (machine) return await runChosen(options);
  process.stderr.write("another bench runs on this machine: both would measure each other\n");
  return 2;
}

function runChosen(options: Options): Promise<number> {
  const [first] = options.names;
  if (first === "sessions") return runProgram("./sessions/sessions.ts");
  if (first === "attackers")
    return runProgram("./attackers/attackers-bench.ts", ["--rounds", String(options.rounds ?? PROGRAM_ROUNDS)]);
  if (first === "edge") return runEdge(options);
  if (first === "soak") return stoppable(() => runSoak(options));
  return stoppable(() => (options.profile ? runProfiles(options) : runCases(options)));
}

/** A first signal ends what was started, so that nothing of it is left behind; a second one ends us at once. */
async function stoppable(work: () => Promise<number>): Promise<number> {
  let stopped: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    stopped = signal;
    stopAll();
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work();
  } catch (error) {
    if (stopped === undefined) throw error;
    process.stderr.write(`\nstopped by ${stopped}\n`);
    // As a shell tells of what a signal ended.
    return 128 + constants.signals[stopped];
  }
}

/** In a process of its own, as production runs: memory is measured there, and pauses. */
async function runProgram(path: string, words: readonly string[] = []): Promise<number> {
  const program = fileURLToPath(new URL(path, import.meta.url));
  const [code] = await once(
    spawn(process.execPath, [...productionOptions, program, ...words], { stdio: "inherit" }),
    "exit",
  );
  return Number(code ?? 1);
}

async function runEdge({ rounds = PROGRAM_ROUNDS }: Options): Promise<number> {
  await measureEdge({ rounds });
  return 0;
}

async function runSoak({ minutes }: Options): Promise<number> {
  if (!isComplete([])) return 2;
  return (await soak({ program: await buildLoad(), minutes })) ? 0 : 1;
}

async function runProfiles({ names, seconds = 5 }: Options): Promise<number> {
  if (!isComplete([])) return 2;
  const program = await buildLoad();
  const chosen = cases.filter((one) => (names.length === 0 ? hasProfile(one) : names.includes(one.name)));
  for (const one of chosen) process.stdout.write(profileText(one, await profileCase(one, { program, seconds })));
  return 0;
}

/** 0 where every target that could be judged was met. */
async function runCases(options: Options): Promise<number> {
  const plays = cases
    .filter(({ name }) => options.names.length === 0 || options.names.includes(name))
    .map((one) => ({ one, peers: takingPart(one, options) }));
  const cast = [...new Set(plays.flatMap(({ peers }) => peers))];
  if (!isComplete(cast)) return 2;
  // Before the work of minutes, not after it.
  if (options.document !== undefined) await checkDocument(options.document);
  process.stderr.write(`about ${Math.ceil(estimate(plays, options) / 60)} minutes\n`);
  const program = await buildLoad();
  const versions = await versionsOf(cast);
  const concluded: CaseResults[] = [];
  for (const play of plays) {
    concluded.push(await playCase(play, program, options));
    // After each case: what was measured is not lost to what goes wrong later.
    await writeResults(gather(options, versions, concluded));
  }
  process.stdout.write(`\nwritten to ${ARTIFACTS}\n`);
  if (options.document !== undefined) await updateDocument(options.document, gather(options, versions, concluded));
  return concluded.some(({ verdicts }) => verdicts.some(({ met }) => met === false)) ? 1 : 0;
}

/** Everybody who is measured in this case. */
function takingPart({ job, measure, without }: Case, options: Options): readonly Peer[] {
  const peers = peersAt[job].filter(({ name }) => !options.without.includes(name) && without?.[name] === undefined);
  return measure === "latency" ? [...peers, direct] : peers;
}

/** Says what is missing and how to get it: fewer peers are compared only when that was asked for. */
function isComplete(cast: readonly Peer[]): boolean {
  const gaps = missing(cast);
  if (gaps.length > 0) process.stderr.write(howToGet(gaps));
  return gaps.length === 0;
}

interface CasePlay {
  readonly one: Case;
  readonly peers: readonly Peer[];
}

async function playCase({ one, peers }: CasePlay, program: string, options: Options): Promise<CaseResults> {
  const timing = timingOf(one, options);
  const onSample = () => void process.stderr.write(".");
  const samples = await play(one, { program, peers, ...timing, onSample });
  const result = concludeCase(one, samples, { places: choosePlaces(one.processes), timing });
  process.stdout.write(terminalTable(result));
  return result;
}

async function versionsOf(cast: readonly Peer[]): Promise<Readonly<Record<string, string>>> {
  const measured = cast.filter((peer) => peer !== direct);
  return Object.fromEntries(await Promise.all(measured.map(async (peer) => [peer.name, await peer.version()])));
}

function gather({ without }: Options, versions: Results["versions"], concluded: readonly CaseResults[]): Results {
  const made = new Date().toISOString();
  return { made, machine: describeMachine(), versions, leftOut: without, cases: concluded };
}
