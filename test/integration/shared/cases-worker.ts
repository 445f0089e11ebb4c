// The cases of packages/shared in workerd: a Worker that runs them all at each request, and the test that reports them.
import { type Outcome, runAll } from "../../../packages/shared/test/cases/case.ts";
import { groups } from "../../../packages/shared/test/cases/index.ts";

/** What a run of all cases came to, and where they ran. */
export interface Run {
  readonly runtime: string;
  readonly outcomes: readonly Outcome[];
}

// biome-ignore lint/style/noDefaultExport: a Worker is the default export of its module
export default {
  async fetch(): Promise<Response> {
    const run: Run = { runtime: navigator.userAgent, outcomes: await runAll(groups) };
    return Response.json(run);
  },
};
