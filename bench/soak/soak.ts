import { type Load, type Stage, setStage } from "../measure/stage.ts";
import { startSallyport } from "../peers/sallyport.ts";
import { leftBehind, mib } from "./compare.ts";
import { loads } from "./loads.ts";
import { type Gateway, type Rest, readState, type State, settledState } from "./state.ts";

export interface SoakOptions {
  /** The compiled load. */
  readonly program: string;
  readonly minutes: number;
}

/** Seconds until every connection is made anew: longer than the 25 s after which a quiet browser side is pinged. */
const CYCLE = 30;
const FIRST_USE = 2;

/** Runs the soak; true where everything came back to the base line. */
export async function soak({ program, minutes }: SoakOptions): Promise<boolean> {
  const [first] = loads;
  if (!first) return false;
  await using stage = await setStage({ ...first, job: "web", processes: 1, measure: "memory" }, program);
  await using gateway = await stage.start({
    name: "sallyport",
    start: (options) => startSallyport(options),
  });
  await cycle(stage, gateway, FIRST_USE);
  const base = await settledState(gateway);
  report("base line", base);
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until) {
    const done = await cycle(stage, gateway, Math.min(CYCLE, Math.max(1, (until - performance.now()) / 1000)));
    report(done, await readState(gateway));
  }
  const end = await settledState(gateway);
  report("afterwards", end);
  return conclude(base, end);
}

/** All loads at once for so many seconds; says what they did. */
async function cycle(stage: Stage, gateway: Gateway, seconds: number): Promise<string> {
  const done = await Promise.all(loads.map((load) => runLoad(stage, { port: gateway.port, load, seconds })));
  return done.join(", ");
}

interface LoadRun {
  readonly port: number;
  readonly load: Load;
  readonly seconds: number;
}

async function runLoad(stage: Stage, { port, load, seconds }: LoadRun): Promise<string> {
  await using client = await stage.client(port, load);
  return `${load.mode} ${(await client.turn(seconds)).units}`;
}

function report(what: string, { descriptors, active, alive = {}, reachable, pss }: State & Partial<Rest>): void {
  const kinds = [active, alive].flatMap((counts) => Object.entries(counts).map(([kind, count]) => `${kind} ${count}`));
  const holds = [`${descriptors} descriptors`, ...kinds, `reachable ${mib(reachable)}`, `resident ${mib(pss)}`];
  process.stdout.write(`${what}\n    ${holds.join(", ")}\n`);
}

function conclude(base: Rest, end: Rest): boolean {
  const faults = leftBehind(base, end);
  process.stdout.write(faults.length === 0 ? "all of it came back\n" : `LEFT BEHIND: ${faults.join(", ")}\n`);
  return faults.length === 0;
}
