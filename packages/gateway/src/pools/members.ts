export interface PoolOptions<Member> {
  /** In the order in which ties are settled; one at least. */
  readonly members: readonly Member[];
  /** A member that could not be reached is passed over for so long, in milliseconds, unless all are down. */
  readonly retryMs: number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

interface Entry<Member> {
  readonly member: Member;
  open: number;
  downUntil: number;
  /** A health check says so, until it says otherwise. */
  sick: boolean;
}

/** One connection's place at a member: it counts until it is given back. */
export interface Lease<Member> {
  readonly member: Member;
  /** Harmless when called again. */
  release(): void;
  /** Gives the place back, because the member could not be reached. */
  failed(): void;
}

/** Several upstreams of one kind; the next connection goes where the fewest are open (row J-13). */
export class Pool<Member> {
  readonly #entries: readonly Entry<Member>[];
  readonly #options: PoolOptions<Member>;

  /** @throws TypeError without members */
  constructor(options: PoolOptions<Member>) {
    if (options.members.length === 0) throw new TypeError("a pool needs one upstream at least");
    this.#options = options;
    this.#entries = options.members.map((member) => ({
      member,
      open: 0,
      downUntil: Number.NEGATIVE_INFINITY,
      sick: false,
    }));
  }

  /** Connections open at each member, in the members' order. */
  get open(): readonly number[] {
    return this.#entries.map(({ open }) => open);
  }

  /** A place at the best member that was not tried yet: one that is up before one that is not, then the least used. */
  lease(tried: ReadonlySet<Member>): Lease<Member> | undefined {
    let best: Entry<Member> | undefined;
    for (const entry of this.#entries) {
      if (!tried.has(entry.member) && (!best || this.#isBetter(entry, best))) best = entry;
    }
    return best && this.#take(best);
  }

  #isBetter(entry: Entry<Member>, best: Entry<Member>): boolean {
    const isUp = this.#isUp(entry);
    return isUp === this.#isUp(best) ? entry.open < best.open : isUp;
  }

  #isUp({ downUntil, sick }: Entry<Member>): boolean {
    return !sick && (downUntil === Number.NEGATIVE_INFINITY || downUntil <= this.#options.clock());
  }

  /** What a health check found out: it holds until the next word, and forgives what clients met before. */
  mark(member: Member, up: boolean): void {
    const entry = this.#entries.find((one) => one.member === member);
    if (!entry) return;
    entry.sick = !up;
    entry.downUntil = Number.NEGATIVE_INFINITY;
  }

  #take(entry: Entry<Member>): Lease<Member> {
    entry.open++;
    let held = true;
    const release = () => {
      if (held) entry.open--;
      held = false;
    };
    return {
      member: entry.member,
      release,
      failed: () => {
        release();
        entry.downUntil = this.#options.clock() + this.#options.retryMs;
      },
    };
  }
}
