import { performance } from "node:perf_hooks";

/** One thing that must not take too long. */
interface Deadline {
  isOpen: boolean;
  /** On the clock that they go by. */
  readonly due: number;
  readonly over: () => void;
  previous: Deadline | undefined;
  next: Deadline | undefined;
}

/**
 * Calls back what takes too long, everything equally long (milliseconds). One timer for all: Node's own cost a short
 * connection much, because the last one that is cleared takes down what the next one has to set up again.
 */
export class Deadlines {
  readonly #timeout: number;
  readonly #clock: () => number;
  /** In the order in which they are due. */
  #first: Deadline | undefined;
  #last: Deadline | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `clock`: milliseconds, never going back; another one only in tests. */
  constructor(timeout: number, clock: () => number = () => performance.now()) {
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /** Begins now. Returns what calls it off, harmless when called again or too late. */
  begin(over: () => void): () => void {
    const due = this.#clock() + this.#timeout;
    const deadline: Deadline = { isOpen: true, due, over, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = deadline;
    else this.#first = deadline;
    this.#last = deadline;
    if (!this.#timer) this.#wait(this.#timeout);
    return () => this.#remove(deadline);
  }

  #remove(deadline: Deadline): void {
    if (!deadline.isOpen) return;
    deadline.isOpen = false;
    const { previous, next } = deadline;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    // Garbage that outlived a collection would keep all that came after it.
    deadline.previous = undefined;
    deadline.next = undefined;
  }

  /** It goes on until nothing is left: what is called off leaves it alone. Who waits holds the process up by a socket. */
  #wait(time: number): void {
    this.#timer = setTimeout(() => this.#look(), time).unref();
  }

  #look(): void {
    this.#timer = undefined;
    for (let first = this.#first; first && first.due <= this.#clock(); first = this.#first) {
      this.#remove(first);
      first.over();
    }
    if (this.#first) this.#wait(Math.max(1, Math.ceil(this.#first.due - this.#clock())));
  }
}
