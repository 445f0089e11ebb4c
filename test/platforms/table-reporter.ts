import process from "node:process";
import type { Reporter, TestModule } from "vitest/node";
import type { Cell } from "./cells.ts";
import { formatTable } from "./table.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What the table shows of this test. */
    cell?: Cell;
  }
}

const LEGEND = `How often a controller refused something, by reason, over a person's whole stay.
Naive proxies meet what real controllers are known to refuse; the gateway meets everything that the emulators can refuse.`;

/** Prints the table of families and of what stood before them, once all tests have ended; nothing where none fills it. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // In whatever order they ran.
    const sorted = modules.toSorted((one, other) => one.moduleId.localeCompare(other.moduleId));
    const tests = sorted.flatMap(({ children }) => [...children.allTests()]);
    const cells = tests.flatMap((one) => one.meta().cell ?? []);
    if (cells.length > 0) process.stdout.write(`\n${formatTable(cells)}\n\n${LEGEND}\n`);
  }
}
