/** How long equal denials are counted rather than written, in milliseconds. */
const WINDOW = 10_000;
/** Different denials that are counted at once; beyond, all further ones are one. */
const MAX_KINDS = 1_000;

type Write = (fields: object, count: number) => void;

interface Counted {
  readonly fields: object;
  count: number;
}

/** Writes the first of equal denials at once, and how many more came at the end of its window. */
export class Denials {
  readonly #write: Write;
  readonly #open = new Map<string, Counted>();
  #timer: NodeJS.Timeout | undefined;

  constructor(write: Write) {
    this.#write = write;
  }

  /** `fields`: what makes two denials equal. */
  add(fields: object): void {
    const key = this.#open.size < MAX_KINDS ? JSON.stringify(fields) : "";
    const known = this.#open.get(key);
    if (known) known.count += 1;
    else {
      this.#open.set(key, { fields: key === "" ? { reason: "many" } : fields, count: 0 });
      this.#write(key === "" ? { reason: "many" } : fields, 1);
    }
    this.#timer ??= setTimeout(() => this.flush(), WINDOW).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { fields, count } of this.#open.values()) if (count > 0) this.#write(fields, count);
    this.#open.clear();
  }
}
