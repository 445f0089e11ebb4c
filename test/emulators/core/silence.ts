import type { EventEmitter } from "node:events";
import type { Clock } from "./clock.ts";

/** How long a busy controller says nothing. Milliseconds; default for each: not at all. */
export interface Silence {
  /** Before every answer, that to an upgrade too. */
  readonly answerMs?: number;
  /** On an open WebSocket before its first word. What the other side says meanwhile waits. */
  readonly socketMs?: number;
}

/** Calls back after so many milliseconds, at once where there are none to wait; never where the emitter closes before. */
export function afterSilence(clock: Clock, ms: number | undefined, closing: EventEmitter, run: () => void): void {
  if (ms === undefined) {
    run();
    return;
  }
  const cancel = clock.after(ms, () => {
    closing.off("close", cancel);
    run();
  });
  closing.once("close", cancel);
}
