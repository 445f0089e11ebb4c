import { inSteps, OFTEN, type Pace } from "../pacing/steps.ts";

/** Something that wants to look at itself now and then. */
export interface Ticking {
  tick(): void;
}

export interface Ticker {
  /** Returns what takes it out again; harmless when called again. */
  add(ticking: Ticking): () => void;
}

/** A member's place in the list; -1 when it has left. */
interface Place {
  readonly ticking: Ticking;
  index: number;
}

/**
 * One timer for any number of relays; it stands still while there are none. Each is looked at once an interval
 * (milliseconds), in steps between which everybody else is served: thousands of keep-alive pings that are due at once
 * would hold everybody's bytes up while they are written. A walk that is under way is not begun again.
 */
export function createTicker(interval: number, pace: Pace = OFTEN): Ticker {
  const places: Place[] = [];
  let timer: NodeJS.Timeout | undefined;
  let walking = false;
  const walk = async () => {
    if (walking) return;
    walking = true;
    // They come and go meanwhile.
    const look = ({ index, ticking }: Place) => (index >= 0 ? ticking.tick() : undefined);
    await inSteps([...places], look, pace).finally(() => {
      walking = false;
    });
  };
  const leave = (place: Place) => {
    if (place.index < 0) return;
    takeOut(places, place);
    if (places.length > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    add(ticking) {
      const place = { ticking, index: places.length };
      places.push(place);
      timer ??= setInterval(() => void walk(), interval).unref();
      return () => leave(place);
    },
  };
}

/** A list, not a Set, for the reason that `admission/crowd.ts` gives: every short connection comes here. */
function takeOut(places: Place[], place: Place): void {
  const last = places.pop();
  if (last && last !== place) {
    places[place.index] = last;
    last.index = place.index;
  }
  place.index = -1;
}
