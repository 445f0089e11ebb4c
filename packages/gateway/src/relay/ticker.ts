/** Something that wants to look at itself now and then. */
export interface Ticking {
  tick(): void;
}

export interface Ticker {
  add(ticking: Ticking): void;
  remove(ticking: Ticking): void;
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
  const turns = Array.from({ length: count }, () => new Set<Ticking>());
  let timer: NodeJS.Timeout | undefined;
  let size = 0;
  let added = 0;
  let ticked = 0;
  const tick = () => {
    for (const member of turns[ticked++ % count] ?? []) member.tick();
  };
  return {
    add(ticking) {
      turns[added++ % count]?.add(ticking);
      size++;
      timer ??= setInterval(tick, interval / count).unref();
    },
    remove(ticking) {
      if (!turns.some((members) => members.delete(ticking))) return;
      size--;
      if (size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
