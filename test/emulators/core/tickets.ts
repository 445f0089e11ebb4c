/** Keys that open something once and not for long: what stands behind each is given to the first who shows it. */
export class Tickets<Value> {
  readonly #open = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #now: () => number;
  readonly #lifeMs: number;

  /** @param lifeMs how long an unused one is good for */
  constructor(now: () => number, lifeMs: number) {
    this.#now = now;
    this.#lifeMs = lifeMs;
  }

  issue(key: string, value: Value): void {
    this.#open.set(key, { value, until: this.#now() + this.#lifeMs });
  }

  /** What the key stood for; undefined for one that is unknown, used or too old. */
  redeem(key: string): Value | undefined {
    const ticket = this.#open.get(key);
    this.#open.delete(key);
    return ticket !== undefined && ticket.until >= this.#now() ? ticket.value : undefined;
  }
}
