/** The middle half of some values. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** From the first quartile to the third: what a few disturbed rounds cannot move. */
export function middleHalf(values: readonly number[]): Range {
  return { low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Between two values, in proportion; NaN where there is none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place % 1);
}
