/** How long one step may take, in milliseconds; nothing else goes on meanwhile. */
const STEP = 2;

/** What a walk in steps asks of the world; another one only in tests. */
export interface StepWorld {
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** Lets everything else that waits have its turn. */
  readonly pause: () => Promise<unknown>;
}

const WORLD: StepWorld = { clock: () => performance.now(), pause: () => new Promise(setImmediate) };

/**
 * Does something with each of many in steps of 2 ms, so that whoever else is served notices nothing. The first step is
 * done when this returns. What is added or taken out between two steps is the iteration's matter: a Map or a Set visits
 * what came and leaves out what went.
 */
export async function inSteps<Item>(
  items: Iterable<Item>,
  act: (item: Item) => void,
  { clock, pause }: StepWorld = WORLD,
): Promise<void> {
  let begun = clock();
  for (const item of items) {
    act(item);
    if (clock() - begun < STEP) continue;
    await pause();
    begun = clock();
  }
}
