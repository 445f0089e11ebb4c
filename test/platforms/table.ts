import type { Cell } from "./cells.ts";

/**
 * The cells as text: a column for each family, a row for each thing that stood before it. A place holds the reasons for
 * which the controller refused something and how often, below each other; `0` where it never did; `fails: …` names the
 * steps of a stay that failed without a refusal; `left: n` counts what nobody gave back.
 */
export function formatTable(cells: readonly Cell[]): string {
  const families = [...new Set(cells.map(({ family }) => family))];
  const rows = [...Map.groupBy(cells, ({ before }) => before)].map(([before, row]) => [
    [before],
    ...families.map((family) => describe(row.find((cell) => cell.family === family))),
  ]);
  return formatColumns([["", ...families].map((name) => [name]), ...rows]);
}

function describe(cell: Cell | undefined): readonly string[] {
  if (cell === undefined) return ["-"];
  const refused = Object.entries(cell.refused).map(([reason, count]) => `${reason} ${count}`);
  const failed = refused.length === 0 ? Object.keys(cell.failed).map((step) => `fails: ${step}`) : [];
  const left = cell.left > 0 ? [`left: ${cell.left}`] : [];
  return refused.length + failed.length === 0 ? ["0", ...left] : [...refused, ...failed, ...left];
}

/** Rows of places of lines: every column as wide as its widest line, every row as high as its highest place. */
function formatColumns(rows: readonly (readonly (readonly string[])[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widest(row[column] ?? []))));
  const lines = rows.flatMap((row) =>
    Array.from({ length: Math.max(...row.map((place) => place.length)) }, (_, line) =>
      widths
        .map((width, column) => (row[column]?.[line] ?? "").padEnd(width))
        .join("  ")
        .trimEnd(),
    ),
  );
  return lines.join("\n");
}

function widest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => line.length));
}
