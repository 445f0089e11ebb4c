import type { EndReason } from "@sallyport/shared";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SessionRegistry } from "../../src/admission/sessions.ts";

const START = 1_000_000;
const LOOK = 250;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** More than a step of a walk has. */
function takeTime(): number {
  const begun = performance.now();
  while (performance.now() - begun < 1);
  return 1;
}

/** A registry whose timer is the test's, and what it did. */
function registry() {
  const clock = { now: START, up: 50 };
  const ended: [string, EndReason][] = [];
  const bytes: [received: number, sent: number][] = [];
  const limit = { seconds: 0 };
  const sessions = new SessionRegistry({
    now: () => clock.now,
    clock: () => clock.up,
    maxSessions: 100,
    maxSeconds: () => limit.seconds,
    onEnd: (session, reason) => ended.push([session.id, reason]),
    onBytes: (received, sent) => bytes.push([received, sent]),
    onCount: () => {},
  });
  const open = (id: string, exp: number) =>
    sessions.open({
      id,
      principal: { kind: "session-token", id: "customer", tenant: undefined },
      token: { claims: { ip: "10.0.0.7", exp }, hash: `token-${id}` },
      clientAddress: undefined,
      startedAt: START,
    });
  return { sessions, open, clock, ended, bytes, limit, [Symbol.dispose]: () => sessions.close() };
}

test("while nothing can have expired, the clock is looked at, and the sessions once a second", async () => {
  using one = registry();
  const opened = [one.open("a", START + 600), one.open("b", START + 700)];
  const expiries = opened.map((session) => vi.spyOn(session, "expiresAt", "get"));
  const uses = opened.map((session) => vi.spyOn(session, "liveCount", "get"));
  const asked = (spies: readonly { mock: { calls: readonly unknown[] } }[]) =>
    spies.map(({ mock }) => mock.calls.length);
  await vi.advanceTimersByTimeAsync(3 * LOOK);
  expect([asked(expiries), asked(uses)]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  await vi.advanceTimersByTimeAsync(9 * LOOK);
  expect([asked(expiries), asked(uses)]).toEqual([
    [0, 0],
    [3, 3],
  ]);
});

test("what has lasted too long ends at the next look, though nothing expires", async () => {
  using one = registry();
  one.limit.seconds = 60;
  one.open("first", START + 600);
  one.clock.up += 10;
  one.open("second", START + 600);
  one.clock.up += 49;
  await vi.advanceTimersByTimeAsync(4 * LOOK);
  expect(one.ended).toEqual([]);
  for (const [later, id] of [
    [1, "first"],
    [10, "second"],
  ] as const) {
    one.clock.up += later;
    const before = one.ended.length;
    await vi.advanceTimersByTimeAsync(LOOK);
    expect(one.ended.slice(before)).toEqual([[id, "time-limit"]]);
  }
});

test("what has expired ends at the next look, one after the other, and nothing else", async () => {
  using one = registry();
  for (const [id, exp] of Object.entries({ third: START + 30, first: START + 10, second: START + 20 }))
    one.open(id, exp);
  for (const [jump, id] of [
    [10, "first"],
    [20, "second"],
    [30, "third"],
  ] as const) {
    one.clock.now = START + jump - 0.01;
    await vi.advanceTimersByTimeAsync(4 * LOOK);
    const before = one.ended.length;
    one.clock.now = START + jump;
    await vi.advanceTimersByTimeAsync(LOOK);
    expect(one.ended.slice(before)).toEqual([[id, "expired"]]);
  }
});

test("what expires while a walk over all others takes its time ends at the next look all the same", async () => {
  using one = registry();
  const others = Array.from({ length: 5 }, (_, index) => one.open(`s${index}`, START + 600));
  const uses = others.map((session) => vi.spyOn(session, "liveCount", "get").mockImplementation(takeTime));
  one.open("due", START + 10);
  await vi.advanceTimersByTimeAsync(3 * LOOK);
  const walk = one.sessions.sweep();
  one.clock.now = START + 10;
  vi.advanceTimersByTime(LOOK);
  expect(uses.at(-1)?.mock.calls.length).toBe(0);
  expect(one.ended).toEqual([["due", "expired"]]);
  await walk;
});

test("the clock may jump: back over what was expected, and forward over all", async () => {
  using one = registry();
  one.open("one", START + 10);
  one.clock.now = START - 86_400;
  await vi.advanceTimersByTimeAsync(LOOK);
  expect(one.ended).toEqual([]);
  one.clock.now = START + 86_400;
  await vi.advanceTimersByTimeAsync(LOOK);
  expect(one.ended).toEqual([["one", "expired"]]);
});

test("a session that was renewed goes by its new expiry, be it later or sooner", async () => {
  using one = registry();
  const [later, sooner] = [one.open("later", START + 30), one.open("sooner", START + 100)];
  one.sessions.renew(later, { claims: { ip: "10.0.0.7", exp: START + 50 }, hash: "fresh-1" });
  one.sessions.renew(sooner, { claims: { ip: "10.0.0.7", exp: START + 20 }, hash: "fresh-2" });
  for (const [jump, ended] of [
    [20, ["sooner"]],
    [30, ["sooner"]],
    [50, ["sooner", "later"]],
  ] as const) {
    one.clock.now = START + jump;
    await vi.advanceTimersByTimeAsync(LOOK);
    expect(one.ended.map(([id]) => id)).toEqual(ended);
  }
});

test("the bytes of a walk are told at once, and not again", async () => {
  using one = registry();
  const sessions = ["a", "b"].map((id) => one.open(id, START + 600));
  for (const { counts } of sessions) counts.received += 5;
  await one.sessions.sweep();
  for (const { counts } of sessions) counts.sent += 7;
  await one.sessions.sweep();
  await one.sessions.sweep();
  expect(one.bytes).toEqual([
    [10, 0],
    [0, 14],
  ]);
});

test("without a session no timer runs", async () => {
  using one = registry();
  const session = one.open("one", START + 600);
  expect(vi.getTimerCount()).toBe(1);
  one.sessions.end(session, "ended");
  await one.sessions.sweep();
  expect(vi.getTimerCount()).toBe(0);
});
