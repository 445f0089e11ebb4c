// What sessions cost in the process that has them: figures of one machine, for docs/scaling.md. Nothing here listens.

/** One thing that was measured. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: "µs" | "ms" | "MiB";
  /** The target, where there is one. */
  readonly most?: number;
}

export function lineOf({ name, value, unit, most }: Figure): string {
  const verdict = most === undefined ? "" : `   ${value <= most ? "met" : "missed"} (at most ${most})`;
  return `${name.padEnd(58)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(3)}${verdict}`.trimEnd();
}

export function isMet({ value, most }: Figure): boolean {
  return most === undefined || value <= most;
}
