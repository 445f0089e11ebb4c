/** Something that wants to look at itself now and then. */
export interface Ticking {
  tick(): void;
}

export interface Ticker {
  /** Returns what takes it out again; harmless when called again. */
  add(ticking: Ticking): () => void;
}

/** A member's place in its turn's list; -1 when it has left. */
interface Place {
  readonly ticking: Ticking;
  index: number;
}

/** Members are looked at in so many turns of an interval, unless they would come quicker one after the other than so (ms). */
const TURNS = 20;
const LEAST_TURN = 50;

/**
 * One timer for any number of relays; it stands still while there are none. Each is looked at once an interval
 * (milliseconds), those that came at the same time not in the same turn: thousands of keep-alive pings that are due at
 * once would hold everybody's bytes up while they are written.
 */
export function createTicker(interval: number): Ticker {
  const count = Math.max(1, Math.min(TURNS, Math.floor(interval / LEAST_TURN)));
  const turns = Array.from({ length: count }, (): Place[] => []);
  let timer: NodeJS.Timeout | undefined;
  let size = 0;
  let added = 0;
  let ticked = 0;
  const tick = () => {
    // They come and go meanwhile.
    for (const place of [...(turns[ticked++ % count] ?? [])]) if (place.index >= 0) place.ticking.tick();
  };
  const leave = (turn: Place[], place: Place) => {
    if (place.index < 0) return;
    takeOut(turn, place);
    size--;
    if (size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    add(ticking) {
      const turn = turns[added++ % count] ?? [];
      const place = { ticking, index: turn.length };
      turn.push(place);
      size++;
      timer ??= setInterval(tick, interval / count).unref();
      return () => leave(turn, place);
    },
  };
}

/** Lists, not Sets, for the reason that `admission/crowd.ts` gives: every short connection comes here. */
function takeOut(turn: Place[], place: Place): void {
  const last = turn.pop();
  if (last && last !== place) {
    turn[place.index] = last;
    last.index = place.index;
  }
  place.index = -1;
}
