/** Seconds; controllers are slow, so the last bounds are far out. */
export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
/** Of status codes: `0xx` for an answer that never began, then `1xx` to `5xx`. */
const CLASSES = 10;

interface Times {
  /** How many fell into each bucket alone; the last is for what took longer than every bound. */
  readonly buckets: number[];
  sum: number;
  count: number;
}

interface TimesValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

/**
 * How long requests took, a histogram for each class of status. Counted here rather than by prom-client, whose look-up
 * by labels costs more than the rest of a small request's accounting; told in its JSON.
 */
export class RequestTimes {
  readonly #name: string;
  readonly #byClass: (Times | undefined)[] = Array.from({ length: CLASSES }, () => undefined);

  constructor(name: string) {
    this.#name = name;
  }

  /** `status`: three digits, or 0. */
  note(seconds: number, status: number): void {
    const index = Math.min(CLASSES - 1, Math.trunc(status / 100));
    const times = this.#byClass[index] ?? noTimes();
    this.#byClass[index] = times;
    const bucket = bucketOf(seconds);
    times.buckets[bucket] = (times.buckets[bucket] ?? 0) + 1;
    times.sum += seconds;
    times.count += 1;
  }

  /** The values as prom-client has them for a histogram: each bucket counts all that were no slower. */
  values(): TimesValue[] {
    return this.#byClass.flatMap((times, index) => (times ? this.#valuesOf(times, `${index}xx`) : []));
  }

  #valuesOf({ buckets, sum, count }: Times, status: string): TimesValue[] {
    let below = 0;
    const bounded = BOUNDS.map((bound, index) => {
      below += buckets[index] ?? 0;
      return this.#value("_bucket", { le: bound, status }, below);
    });
    return [
      ...bounded,
      this.#value("_bucket", { le: "+Inf", status }, count),
      this.#value("_sum", { status }, sum),
      this.#value("_count", { status }, count),
    ];
  }

  #value(suffix: string, labels: TimesValue["labels"], value: number): TimesValue {
    return { labels, value, metricName: this.#name + suffix };
  }
}

function noTimes(): Times {
  return { buckets: Array.from({ length: BOUNDS.length + 1 }, () => 0), sum: 0, count: 0 };
}

function bucketOf(seconds: number): number {
  const index = BOUNDS.findIndex((bound) => seconds <= bound);
  return index < 0 ? BOUNDS.length : index;
}
