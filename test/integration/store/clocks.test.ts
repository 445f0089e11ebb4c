import { randomUUID } from "node:crypto";
import { type Revocation, revocationKey } from "@sallyport/gateway";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Pair, type Shared, startPair, stores } from "./support.ts";

const now = () => Date.now() / 1000;
const DAY = 86_400;

const revocation = (more: Partial<Revocation> = {}): Revocation => {
  const value = randomUUID();
  return { key: revocationKey("jti", value), kind: "jti", value, at: now(), ...more };
};

/** Two gateways, of which the first one's clock is ahead (seconds), or with less than nothing behind. */
const startSkewed = (shared: Shared, ahead: number, more = {}): Promise<Pair> =>
  startPair(shared, more, { now: () => now() + ahead });

describe.each(stores)("two gateways on one %s whose clocks differ", (_, start) => {
  let shared: Shared;
  beforeEach(async () => {
    shared = await start();
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  test.each([600, -600])("by %i s: the one that is off says so, the other does not", async (ahead) => {
    await using pair = await startSkewed(shared, ahead);
    const differs = ({ message }: { message?: unknown }) => String(message).includes("clock differs from the store's");
    const line = await pair.gateways[0].waitForLine(differs);
    expect(line).toMatchObject({ level: "warn", ahead });
    await pair.console(1, await pair.token());
    expect(pair.gateways[1].lines.some(differs)).toBe(false);
  });

  test.each([600, -600])("by %i s: both are in the directory, and limits count both", async (ahead) => {
    const limits = { limits: { sessionsPerPrincipal: 1 } };
    await using right = await startPair(shared, limits);
    // Its token is issued by the clock of the gateway that is to take it.
    const iat = Math.floor(now() + Math.min(ahead, 0));
    const times = { iat, nbf: iat, exp: iat + 7_200 };
    const enter = async (pair: Pair, gateway: 0 | 1, sub: string) => {
      const token = await pair.token({ sub, jti: randomUUID(), ...times });
      return (await pair.console(gateway, token)).status;
    };
    expect(await enter(right, 0, "one")).toBe(101);
    // It comes, and says that it lives, when the others are inside already.
    await using skewed = await startSkewed(shared, ahead, limits);
    expect(await enter(skewed, 0, "one")).toBe(503);
    expect(await enter(skewed, 0, "two")).toBe(101);
    expect(await enter(right, 1, "two")).toBe(503);
    const inside = (await right.gateways[1].gateway.store.sessions(now())).map(({ principal }) => principal);
    expect(inside.sort()).toEqual(["one", "two"]);
  });

  test.each([600, -600])("by %i s: what is revoked at one ends at both", async (ahead) => {
    await using pair = await startSkewed(shared, ahead);
    const iat = Math.floor(now() + Math.min(ahead, 0));
    const times = { iat, nbf: iat, exp: iat + 7_200 };
    for (const gateway of [0, 1] as const) {
      const jti = randomUUID();
      const token = await pair.token({ jti, ...times });
      const consoles = [await pair.console(0, token), await pair.console(1, token)];
      expect(consoles.map(({ status }) => status)).toEqual([101, 101]);
      const made = revocation({ key: revocationKey("jti", jti), value: jti });
      await pair.gateways[gateway].gateway.store.revoke([made]);
      const endings = await Promise.all(consoles.map((console) => console.closing()));
      expect(endings).toEqual(["4003 sallyport:revoked", "4003 sallyport:revoked"]);
    }
  });

  test("expiry and age are each one's own matter", async () => {
    await using ahead = await startSkewed(shared, 600);
    const token = await ahead.token({ exp: Math.floor(now()) + 300 });
    expect([(await ahead.console(0, token)).status, (await ahead.console(1, token)).status]).toEqual([401, 101]);
    expect(await ahead.gateways[0].nextDenial()).toBe("token-expired");
    await using behind = await startSkewed(shared, -600);
    expect((await behind.console(0, await behind.token())).status).toBe(401);
    expect(await behind.gateways[0].nextDenial()).toBe("token-not-yet-valid");
  });

  // Each gateway forgets what is over when it starts, and then every five minutes.
  test.each([
    ["half an hour", 1_800],
    ["ten years", 3_650 * DAY],
  ])("one that is %s ahead makes nobody forget what others still go by", async (_name, ahead) => {
    await using right = await startPair(shared);
    const { store } = right.gateways[1].gateway;
    const made = revocation({ until: now() + 600 });
    const link = { jti: randomUUID(), until: now() + 600 };
    await store.revoke([made]);
    await store.consume(link);
    await using _skewed = await startSkewed(shared, ahead);
    const kept = (await store.revocationsAfter(0, 100)).revocations.map(({ key }) => key);
    expect(kept).toContain(made.key);
    expect(await store.consume(link)).toBe(false);
  });
});
