/** Time as an emulator sees it. */
export interface Clock {
  /** Milliseconds since the epoch; may be handed on by itself. */
  readonly now: () => number;
  /** Calls back once after so many milliseconds, unless the function that it returns is called before. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own time; `now` may tell another date. */
export function systemClock(now: () => number = Date.now): Clock {
  return {
    now,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Calls back every so many milliseconds until the function that it returns is called. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  const again = (): (() => void) =>
    clock.after(ms, () => {
      // First, so that what runs may end the repetition.
      cancel = again();
      run();
    });
  let cancel = again();
  return () => cancel();
}

/** Time that stands still until it is told to go on: seven seconds of silence pass in none. */
export class ManualClock implements Clock {
  readonly now: () => number;
  #now: number;
  readonly #due = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(start: number = Date.now()) {
    this.#now = start;
    this.now = () => this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.#now + ms, run };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  }

  /** Lets time pass, calling back in the order in which things fall due. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#due].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#due.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}
