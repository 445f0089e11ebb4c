/** How long the first replacement of a worker waits, and the longest that any does, in milliseconds. */
const FIRST = 100;
const LAST = 10_000;
/** A worker that lived so long is no sign that the next one will die, in milliseconds. */
const YOUNG = 30_000;

/** Delays before replacements: doubled with each worker that died young, so that a broken machine is not worn out. */
export class BackOff {
  #next = FIRST;

  /** Milliseconds to wait after a worker that lived for `age` milliseconds. */
  after(age: number): number {
    const delay = age > YOUNG ? FIRST : this.#next;
    this.#next = Math.min(LAST, delay * 2);
    return delay;
  }
}
