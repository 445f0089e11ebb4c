import { Crowd } from "../pacing/crowd.ts";
import { inSteps, OFTEN, type Pace } from "../pacing/steps.ts";

/** Something that wants to look at itself now and then. */
export interface Ticking {
  tick(): void;
}

export interface Ticker {
  /** Returns what takes it out again; harmless when called again. */
  add(ticking: Ticking): () => void;
}

/**
 * One timer for any number of relays; it stands still while there are none. Each is looked at once an interval
 * (milliseconds), in steps between which everybody else is served: thousands of keep-alive pings that are due at once
 * would hold everybody's bytes up while they are written. A walk that is under way is not begun again.
 */
export function createTicker(interval: number, pace: Pace = OFTEN): Ticker {
  // Not a Set: every short connection comes here.
  const members = new Crowd<Ticking>();
  let timer: NodeJS.Timeout | undefined;
  let walking = false;
  const walk = async () => {
    if (walking) return;
    walking = true;
    await inSteps(members, (ticking) => ticking.tick(), pace).finally(() => {
      walking = false;
    });
  };
  return {
    add(ticking) {
      const leave = members.add(ticking);
      timer ??= setInterval(() => void walk(), interval).unref();
      return () => {
        leave();
        if (members.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
