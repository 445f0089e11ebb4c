import { createHash } from "node:crypto";
import { type Revocation, revocationKey } from "@sallyport/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Pair, type Shared, startPair, stores } from "./support.ts";

const now = () => Date.now() / 1000;

describe.each(stores)("two gateways on one %s", (_, start) => {
  let shared: Shared;
  let pair: Pair;
  beforeAll(async () => {
    shared = await start();
    pair = await startPair(shared);
  });
  afterAll(async () => {
    await pair[Symbol.asyncDispose]();
    await shared[Symbol.asyncDispose]();
  });

  const revoke = (kind: Revocation["kind"], value: string, more: Partial<Revocation> = {}) =>
    pair.gateways[0].gateway.store.revoke([{ key: revocationKey(kind, value), kind, value, at: now(), ...more }]);

  const cases: readonly [string, object, (token: string) => Promise<void>][] = [
    ["a jti", { jti: "link-1" }, () => revoke("jti", "link-1")],
    ["a token", {}, (token) => revoke("token", createHash("sha256").update(token).digest("base64url"))],
    ["a principal", { sub: "customer-1" }, () => revoke("principal", "customer-1", { before: now() + 1 })],
    [
      "a principal of a tenant",
      { sub: "customer-2", tenant: "t" },
      () => revoke("principal", '["t","customer-2"]', { before: now() + 1 }),
    ],
  ];

  test.each(cases)("%s that is revoked at one ends at both within a second, and nothing else does", async (...row) => {
    const [, claims, act] = row;
    const token = await pair.token({ iat: Math.floor(now()), ...claims });
    const other = await pair.token({ sub: "customer-3", jti: "other", tenant: "t2" });
    const consoles = await Promise.all([pair.console(0, token), pair.console(1, token)]);
    const others = await Promise.all([pair.console(0, other), pair.console(1, other)]);
    expect([...consoles, ...others].map(({ status }) => status)).toEqual([101, 101, 101, 101]);
    const begun = performance.now();
    await act(token);
    const endings = await Promise.all(consoles.map((console) => console.closing()));
    expect(endings).toEqual(["4003 sallyport:revoked", "4003 sallyport:revoked"]);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(await Promise.all(others.map((console) => console.passes()))).toEqual([true, true]);
    const again = await Promise.all([pair.console(0, token), pair.console(1, token)]);
    expect(again.map(({ status }) => status)).toEqual([401, 401]);
  });

  test("sessions are listed over both, and one is ended by its name", async () => {
    const token = await pair.token({ sub: "listed", jti: "listed" });
    const consoles = [await pair.console(0, token), await pair.console(1, token)];
    const { store } = pair.gateways[1].gateway;
    const rows = (await store.sessions(now())).filter(({ principal }) => principal === "listed");
    expect(rows.map(({ address, tenant }) => [address, tenant])).toEqual([
      ["127.0.0.1", undefined],
      ["127.0.0.1", undefined],
    ]);
    expect(new Set(rows.map(({ instance }) => instance)).size).toBe(2);
    await revoke("session", rows[0]?.name ?? "");
    expect(await Promise.all(consoles.map((one) => one.closing()))).toEqual([
      "4003 sallyport:revoked",
      "4003 sallyport:revoked",
    ]);
  });

  test("a gateway that starts later knows what was revoked before", async () => {
    const token = await pair.token({ jti: "early" });
    await revoke("jti", "early");
    await using later = await startPair(shared);
    expect((await later.console(0, token)).status).toBe(401);
  });

  test("sessions of one principal are counted over both", async () => {
    await using limited = await startPair(shared, { limits: { sessionsPerPrincipal: 2 } });
    const token = (n: number) => limited.token({ sub: "counted", jti: `counted-${n}` });
    const first = await token(1);
    const statuses: number[] = [];
    for (const [gateway, one] of [
      [0, first],
      [1, first],
      [1, await token(2)],
      [0, await token(3)],
    ] as const) {
      statuses.push((await limited.console(gateway, one)).status);
    }
    expect(statuses).toEqual([101, 101, 101, 503]);
    expect(await limited.gateways[0].nextDenial()).toBe("sessions-full");
  });

  test("everything that was issued so far", async () => {
    const consoles = [await pair.console(0, await pair.token()), await pair.console(1, await pair.token())];
    await revoke("all", "", { before: now() + 1 });
    expect(await Promise.all(consoles.map((one) => one.closing()))).toEqual([
      "4003 sallyport:revoked",
      "4003 sallyport:revoked",
    ]);
    const fresh = await pair.token({ iat: Math.floor(now()) + 5 });
    expect((await pair.console(1, fresh)).status).toBe(101);
  });
});
