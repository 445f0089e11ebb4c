const PATIENCE_MS = 15_000;

/** Rings at every change of an emulator's state, so that a test can wait until something is so instead of sleeping. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Resolves as soon as the condition holds.
   *
   * @throws Error when it does not hold within 15 s
   */
  until(condition: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      if (condition()) resolve();
    };
    const timer = setTimeout(() => reject(new Error(`not so within ${PATIENCE_MS} ms: ${condition}`)), PATIENCE_MS);
    this.#listeners.add(check);
    check();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(check);
    });
  }
}
