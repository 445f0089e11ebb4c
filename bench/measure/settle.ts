import { setTimeout as wait } from "node:timers/promises";
import { pssBytes } from "./processes.ts";

const LOOK_EVERY = 500;
/** Memory has settled when so many looks in turn differ by less than this share. */
const LOOKS = 4;
const SHARE = 0.005;
/** It is taken as it is after so many looks. */
const PATIENCE = 30;

/** The memory (Pss, bytes) of programs once it changes no more: collectors and allocators have had their time. */
export async function settledPss(pids: readonly number[]): Promise<number> {
  const seen = [await pssBytes(pids)];
  while (seen.length < PATIENCE && !isFlat(seen.slice(-LOOKS))) {
    await wait(LOOK_EVERY);
    seen.push(await pssBytes(pids));
  }
  return seen.at(-1) ?? 0;
}

function isFlat(last: readonly number[]): boolean {
  const highest = Math.max(...last);
  return last.length === LOOKS && highest - Math.min(...last) < SHARE * highest;
}
