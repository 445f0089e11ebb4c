// Named cases that run in any runtime: Node registers each as a test, and so does workerd's runner. Only what both
// runtimes offer may be used here, and no test library.

/** One thing that must hold: `run` throws where it does not. */
export interface Case {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** Cases about one thing; names within a group differ. */
export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** What a runner reports of one case. `error` is absent where it held. */
export interface Outcome {
  readonly group: string;
  readonly name: string;
  readonly error?: string;
}

/** One case for each row of a table, named by the row. */
export function table<Row>(
  rows: readonly Row[],
  name: (row: Row) => string,
  run: (row: Row) => void | Promise<void>,
): readonly Case[] {
  return rows.map((row) => ({ name: name(row), run: () => run(row) }));
}

/** Runs every case, one after the other, whatever the ones before came to. */
export async function runAll(groups: readonly Group[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of groups) {
    for (const one of group.cases) outcomes.push({ group: group.name, name: one.name, ...(await errorOf(one)) });
  }
  return outcomes;
}

async function errorOf({ run }: Case): Promise<{ error?: string }> {
  try {
    await run();
    return {};
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** A text as a name can show it: control and non-ASCII characters escaped, long runs cut. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  const ascii = text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return ascii.length > 100 ? `${ascii.slice(0, 80)}… (${ascii.length})` : ascii;
}
