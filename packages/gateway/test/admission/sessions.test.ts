import type { Claims, EndReason } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { SessionRegistry } from "../../src/admission/sessions.ts";
import type { TokenSession } from "../../src/admission/token-session.ts";

const START = 1_000_000;

function registry(maxSessions = 100, limit = { seconds: 0 }) {
  const ended: [string, EndReason][] = [];
  const bytes = { received: 0, sent: 0 };
  const clock = { now: START, up: 50 };
  const sessions = new SessionRegistry({
    now: () => clock.now,
    clock: () => clock.up,
    maxSessions,
    maxSeconds: () => limit.seconds,
    onEnd: (session, reason) => ended.push([session.id, reason]),
    onBytes: (received, sent) => {
      bytes.received += received;
      bytes.sent += sent;
    },
    onCount: () => {},
  });
  return { sessions, ended, bytes, clock };
}

const claims = (more: Partial<Claims> = {}): Claims => ({ ip: "10.0.0.7", exp: START + 600, ...more });

function open(
  sessions: SessionRegistry,
  id: string,
  more: Partial<Claims> = {},
  tokenHash = `token-${id}`,
): TokenSession {
  return sessions.open({
    id,
    principal: { kind: "session-token", id: "customer", tenant: undefined },
    token: { claims: claims(more), hash: tokenHash },
    clientAddress: undefined,
    startedAt: START,
  });
}

const live = (log: EndReason[]) => ({ end: (reason: EndReason) => void log.push(reason) });

describe("expiry", () => {
  test("ends what has expired, once, and nothing else", async () => {
    const { sessions, ended, clock } = registry();
    const [short, long]: [EndReason[], EndReason[]] = [[], []];
    open(sessions, "short", { exp: START + 10 }).attach(live(short));
    open(sessions, "long", { exp: START + 20 }).attach(live(long));
    clock.now = START + 10;
    await sessions.sweep();
    await sessions.sweep();
    expect([short, long, ended]).toEqual([["expired"], [], [["short", "expired"]]]);
    sessions.close();
  });

  test("follows the wall clock over its jumps, and far beyond what a timer can hold", async () => {
    const { sessions, ended, clock } = registry();
    const far = START + 400 * 86_400;
    open(sessions, "far", { exp: far }).attach(live([]));
    clock.now = START - 86_400;
    await sessions.sweep();
    expect(ended).toEqual([]);
    clock.now = far - 1;
    await sessions.sweep();
    expect(ended).toEqual([]);
    clock.now = far;
    await sessions.sweep();
    expect(ended).toEqual([["far", "expired"]]);
    sessions.close();
  });

  test("a wall clock that jumps ends nothing but what has expired by it", async () => {
    const { sessions, ended, clock } = registry(100, { seconds: 3_600 });
    open(sessions, "unused", { exp: START + 9_999_999 });
    for (const jump of [86_400, -86_400]) {
      clock.now = START + jump;
      await sessions.sweep();
    }
    expect(ended).toEqual([]);
    sessions.close();
  });

  test("a connection that joins a session just ended is ended at once", () => {
    const { sessions } = registry();
    const session = open(sessions, "one");
    sessions.end(session, "revoked");
    const late: EndReason[] = [];
    session.attach(live(late));
    expect(late).toEqual(["revoked"]);
  });
});

describe("a limit on how long a session lasts", () => {
  test("ends it, used and renewed as it may be, and no other", async () => {
    const { sessions, ended, clock } = registry(100, { seconds: 3_600 });
    const session = open(sessions, "first", { exp: START + 9_999_999 });
    const log: EndReason[] = [];
    session.attach(live(log));
    clock.up += 1_800;
    open(sessions, "second", { exp: START + 9_999_999 }).attach(live([]));
    sessions.renew(session, { claims: claims({ exp: START + 99_999_999 }), hash: "fresh" });
    clock.up += 1_799;
    await sessions.sweep();
    expect(ended).toEqual([]);
    clock.up += 1;
    await sessions.sweep();
    expect([log, ended]).toEqual([["time-limit"], [["first", "time-limit"]]]);
    sessions.close();
  });

  test("may be set while sessions are open, far beyond what a timer can hold, and be taken away", async () => {
    const limit = { seconds: 0 };
    const { sessions, ended, clock } = registry(100, limit);
    open(sessions, "one", { exp: START + 9_999_999 }).attach(live([]));
    limit.seconds = 30 * 86_400;
    clock.up += 30 * 86_400 - 1;
    await sessions.sweep();
    limit.seconds = 0;
    clock.up += 1;
    await sessions.sweep();
    expect(ended).toEqual([]);
    limit.seconds = 30 * 86_400;
    await sessions.sweep();
    expect(ended).toEqual([["one", "time-limit"]]);
    sessions.close();
  });
});

describe("renewal", () => {
  test("joins a second token, under which the session is found too", async () => {
    const { sessions, clock, ended } = registry();
    const session = open(sessions, "one", { sub: "a", exp: START + 10 });
    expect(sessions.renew(session, { claims: claims({ sub: "a", exp: START + 100 }), hash: "fresh" })).toBe(true);
    expect(sessions.find("one", "token-one")).toBe(session);
    expect(sessions.find("one", "fresh")).toBe(session);
    clock.now = START + 50;
    await sessions.sweep();
    expect(ended).toEqual([]);
    sessions.end(session, "ended");
    expect([sessions.countByToken("fresh"), sessions.countByToken("token-one")]).toEqual([0, 0]);
    sessions.close();
  });

  test.each([
    ["another principal", { sub: "b" }],
    ["no principal", {}],
    ["another address", { sub: "a", ip: "10.0.0.8" }],
    ["another tenant", { sub: "a", tenant: "t" }],
  ])("%s does not", (_, more) => {
    const { sessions } = registry();
    const session = open(sessions, "one", { sub: "a" });
    expect(sessions.renew(session, { claims: claims(more), hash: "fresh" })).toBe(false);
    expect(sessions.find("one", "fresh")).toBeUndefined();
    sessions.close();
  });

  test("another token under a known id is no renewal", () => {
    const { sessions } = registry();
    open(sessions, "one");
    expect(sessions.find("one", "another")).toBeUndefined();
    sessions.close();
  });
});

describe("an end before its time", () => {
  test("a session that somebody asked for since it was last looked at is in use", async () => {
    const { sessions, clock, ended } = registry();
    open(sessions, "one", { exp: START + 9_999 });
    clock.up += 900;
    sessions.find("one", "token-one");
    await sessions.sweep();
    clock.up += 900;
    await sessions.sweep();
    expect(ended).toEqual([]);
    clock.up += 1;
    await sessions.sweep();
    expect(ended).toEqual([["one", "idle"]]);
  });

  test("a session that nobody uses is forgotten, and may come back", async () => {
    const { sessions, clock, ended } = registry();
    open(sessions, "one", { exp: START + 9_999 });
    clock.up += 901;
    await sessions.sweep();
    expect(ended).toEqual([["one", "idle"]]);
    expect(sessions.find("one", "token-one")).toBeUndefined();
  });
});

test("bytes are accounted once, as they flow and at the end", async () => {
  const { sessions, bytes } = registry();
  const session = open(sessions, "one");
  session.counts.received = 10;
  await sessions.sweep();
  session.counts.received = 15;
  session.counts.sent = 7;
  sessions.end(session, "ended");
  expect(bytes).toEqual({ received: 15, sent: 7 });
});

test("sessions are counted in all and by token", () => {
  const { sessions } = registry(2);
  open(sessions, "one", {}, "same");
  expect([sessions.full, sessions.countByToken("same")]).toEqual([false, 1]);
  const second = open(sessions, "two", {}, "same");
  expect([sessions.full, sessions.countByToken("same")]).toEqual([true, 2]);
  sessions.end(second, "ended");
  expect([sessions.size, sessions.countByToken("same")]).toEqual([1, 1]);
  sessions.close();
});

test("a sweep over very many lets others have their turn, and is not begun twice at once", async () => {
  const { sessions, ended, clock } = registry(100_000);
  for (let n = 0; n < 10_000; n++) open(sessions, `s${n}`).attach(live([]));
  clock.now = START + 600;
  const sweep = sessions.sweep();
  expect(ended.length).toBeLessThan(10_000);
  expect(sessions.sweep()).toBe(sweep);
  await sweep;
  expect(ended).toHaveLength(10_000);
});
