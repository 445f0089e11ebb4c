import { expect, test } from "vitest";
import { StoreClock } from "../../src/admission/store-clock.ts";

/** A store that is so many seconds behind this machine, and takes so long to answer. */
function clockOf({ ahead, takes = 0 }: { ahead: number; takes?: number }) {
  const world = { ahead, takes, now: 1_000 };
  const told: (number | undefined)[] = [];
  const clock = new StoreClock({
    now: () => world.now,
    store: {
      async time() {
        world.now += world.takes;
        return world.now - world.takes / 2 - world.ahead;
      },
    },
    onSkew: (seconds) => told.push(seconds),
  });
  return { clock, world, told };
}

test("shows what the store's clock showed at an instant of ours", async () => {
  const { clock } = clockOf({ ahead: 600 });
  expect(clock.at(5_000)).toBe(5_000);
  expect(await clock.ask()).toBe(400);
  expect(clock.at(5_000)).toBe(4_400);
});

test("tells of a difference once, and of its end", async () => {
  const { clock, world, told } = clockOf({ ahead: -600 });
  await clock.ask();
  await clock.ask();
  world.ahead = 1;
  await clock.ask();
  expect(told).toEqual([-600, undefined]);
});

test("says nothing of a difference that may be the answer's long way", async () => {
  const { clock, told } = clockOf({ ahead: 3, takes: 4 });
  await clock.ask();
  expect(told).toEqual([]);
});

test("rejects where the store is away", async () => {
  const away = () => Promise.reject(new Error("away"));
  const clock = new StoreClock({ now: () => 1, store: { time: away }, onSkew: () => {} });
  await expect(clock.ask()).rejects.toThrow("away");
});
