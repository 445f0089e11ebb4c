/** A step of a scenario that did not go as it does with the controller itself. */
export interface Failure {
  readonly step: string;
  readonly fault: string;
}

const PATIENCE_MS = 10_000;

/** The steps of one scenario. What fails is kept, so that the steps behind it, the log-out above all, still run. */
export class Steps {
  readonly failures: Failure[] = [];

  /** @returns what the step gave, or undefined where it failed */
  async run<T>(step: string, act: () => Promise<T>): Promise<T | undefined> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`took more than ${PATIENCE_MS} ms`)), PATIENCE_MS);
    try {
      return await Promise.race([act(), late.promise]);
    } catch (error) {
      this.failures.push({ step, fault: error instanceof Error ? error.message : String(error) });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Fails a step. @throws Error with the text, unless the condition holds */
export function must(condition: boolean, text: string): asserts condition {
  if (!condition) throw new Error(text);
}
