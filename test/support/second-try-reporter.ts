import type { Reporter, TestCase } from "vitest/node";

/** Names the tests that failed once and passed then, with what they failed with. */
export default class SecondTryReporter implements Reporter {
  readonly #lines: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (!test.diagnostic()?.flaky) return;
    const [error] = test.result().errors ?? [];
    this.#lines.push(`second try: ${test.module.relativeModuleId} > ${test.fullName}: ${error?.message ?? ""}`);
  }

  onTestRunEnd(): void {
    for (const line of this.#lines) process.stdout.write(`${line.split("\n", 1)[0]}\n`);
  }
}
