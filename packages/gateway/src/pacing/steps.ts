// Things of which there are many: kept and walked over so that whoever else is served notices nothing.
// It knows neither sessions nor relays, and imports nothing of ours.

import { performance } from "node:perf_hooks";

/** How a walk goes: how long a step may take, and what it asks of the world (another one only in tests). */
export interface Pace {
  /** Milliseconds in which nothing else goes on. */
  readonly step: number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** Lets everything else that waits have its turn. */
  readonly pause: () => Promise<unknown>;
}

const WORLD = { clock: () => performance.now(), pause: () => new Promise(setImmediate) };

/** Of what is rare and has to be over soon, such as the end of many sessions. */
export const SELDOM: Pace = { ...WORLD, step: 2 };
/** Of what comes again and again: each step is in the way of somebody's bytes, which a relay has passed on in some 15 µs. */
export const OFTEN: Pace = { ...WORLD, step: 0.1 };

/**
 * Does something with each of many in steps, so that whoever else is served notices nothing. The first step is done when
 * this returns. What is added or taken out between two steps is the iteration's matter: a Map or a Set visits what came
 * and leaves out what went, a Crowd leaves out both.
 */
export async function inSteps<Item>(
  items: Iterable<Item>,
  act: (item: Item) => void,
  { step, clock, pause }: Pace = SELDOM,
): Promise<void> {
  let begun = clock();
  for (const item of items) {
    act(item);
    if (clock() - begun < step) continue;
    await pause();
    begun = clock();
  }
}
