import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../cases/case.ts";
import { setStage } from "../measure/stage.ts";
import { startSallyport } from "../peers/sallyport.ts";
import { type Profile, type Shares, sharesOf } from "./kinds.ts";

export interface ProfileOptions {
  /** The compiled load. */
  readonly program: string;
  /** Of load. */
  readonly seconds: number;
}

/** Functions that are named. */
const TOP = 12;
/** Start and compilation are in the profile, too, and would be a good part of a shorter run. */
const LEAST = 5;

/** Whether one gateway process does the whole case. */
export function hasProfile({ job, processes }: Case): boolean {
  return job === "web" && processes === 1;
}

/** Puts one case on one gateway process under V8's profiler and returns what its time went into. */
export async function profileCase(one: Case, { program, seconds }: ProfileOptions): Promise<Shares> {
  if (!hasProfile(one)) throw new Error(`${one.name} has no profile: one process, web only`);
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-profile-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const stage = undo.use(await setStage(one, program));
  await underProfiler();
  return sharesOf(await readProfile(folder), TOP);

  async function underProfiler(): Promise<void> {
    await using gateway = await stage.start({
      name: "sallyport",
      start: (options) => startSallyport(options, ["--cpu-prof", `--cpu-prof-dir=${folder}`]),
    });
    await using client = await stage.client(gateway.port);
    await client.turn(Math.max(LEAST, seconds));
  }
}

/** Node writes it when the process ends. */
async function readProfile(folder: string): Promise<Profile> {
  for await (const file of glob("*.cpuprofile", { cwd: folder }))
    return JSON.parse(await readFile(join(folder, file), "utf8")) as Profile;
  throw new Error("the gateway wrote no profile: it did not end by itself");
}

/** For a terminal. */
export function profileText({ title }: Pick<Case, "title">, { kinds, top }: Shares): string {
  const sums = Object.entries(kinds).map(([kind, share]) => `${kind} ${percent(share)}`);
  const lines = top.map(({ name, kind, share }) => `${percent(share).padStart(8)}  ${kind.padEnd(10)} ${name}`);
  return `\n${title}\n  ${sums.join(", ")}\n${lines.join("\n")}\n`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
