/** Something that wants to look at itself now and then. */
export interface Ticking {
  tick(): void;
}

export interface Ticker {
  add(ticking: Ticking): void;
  remove(ticking: Ticking): void;
}

/** One timer for any number of relays; it stands still while there are none. Interval in milliseconds. */
export function createTicker(interval: number): Ticker {
  const members = new Set<Ticking>();
  let timer: NodeJS.Timeout | undefined;
  return {
    add(ticking) {
      members.add(ticking);
      timer ??= setInterval(() => {
        for (const member of members) member.tick();
      }, interval).unref();
    },
    remove(ticking) {
      members.delete(ticking);
      if (members.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
