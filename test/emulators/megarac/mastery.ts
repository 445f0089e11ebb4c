import type { WebSocket } from "ws";
import type { Clock } from "../core/clock.ts";

/**
 * Who of a console's viewers may type: the first. The place becomes free when that one has gone, and not at once where
 * a delay is set: who comes back too soon only looks on.
 */
export class Mastery {
  readonly #clock: Clock;
  readonly #delayMs: number;
  #master: WebSocket | undefined;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** @returns whether this viewer may type, asked at each key */
  join(viewer: WebSocket): () => boolean {
    this.#master ??= viewer;
    if (this.#master === viewer) viewer.on("close", () => this.#release());
    return () => this.#master === viewer;
  }

  #release(): void {
    const free = () => {
      this.#master = undefined;
    };
    if (this.#delayMs === 0) free();
    else this.#clock.after(this.#delayMs, free);
  }
}
