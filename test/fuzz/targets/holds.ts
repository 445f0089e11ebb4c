/** Throws where something does not hold. Cheaper than an assertion library, a hundred thousand times a second. */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}
