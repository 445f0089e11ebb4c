import { allow, createTokenVerifier, parseNetwork, type Result, secretKeySet } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { webAttempt } from "../../../../test/support/attempts.ts";
import { mintToken, TEST_SECRET } from "../../../../test/support/tokens.ts";
import { type Admission, createAdmitter } from "../../src/admission/admit.ts";
import type { WebAttempt } from "../../src/admission/attempt.ts";
import { createBlame } from "../../src/admission/blame.ts";
import { Presence } from "../../src/admission/presence.ts";
import { createResidence } from "../../src/admission/residence.ts";
import { SessionRegistry } from "../../src/admission/sessions.ts";
import { StoreClock } from "../../src/admission/store-clock.ts";
import { EntryLimit } from "../../src/limits/entries.ts";
import { TargetPolicy } from "../../src/policy/targets.ts";
import { revocationKey } from "../../src/store/revocations.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { noLog } from "../../src/telemetry/log.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";

/** Admission of one process, with its store. */
async function startProcess(
  store: Store,
  { instance = "one", perPrincipal }: { instance?: string; perPrincipal?: number } = {},
) {
  const now = () => Date.now() / 1000;
  const ledger = { decision() {}, sessionStarted: async () => {}, sessionEnded() {}, close: async () => {} };
  const registry: SessionRegistry = new SessionRegistry({
    now,
    maxSessions: 100,
    onEnd: (session, reason) => residence.left(session, reason),
    onBytes() {},
    onCount() {},
  });
  const residence = createResidence({
    ...{ store, instance, registry, now, perPrincipal, perTarget: undefined },
    ...{ log: noLog, metrics: noMetrics, recordStart: async () => {}, onStoreFailure: "deny" },
  });
  const targets = new TargetPolicy({
    networks: [parseNetwork("127.0.0.0/8")].filter((network) => network !== undefined),
    ...{ allowedPorts: [443], targetPort: 443, secondPorts: new Set<number>() },
  });
  const cookies = createTokenVerifier({ keys: secretKeySet([TEST_SECRET]), algorithms: ["HS256"] });
  const admitter = createAdmitter({
    rules: { current: { cookies, desk: undefined, targets, web: { allowNoOrigin: false } } },
    ...{ edge: undefined, entries: new EntryLimit(() => 0), blame: createBlame({ registry, edgeProven: false }) },
    ...{ registry, ledger, enter: residence.enter, revocations: residence.revocations, now, draining: () => false },
    onRenewed: (session) => residence.renewed(session),
  });
  await residence.feed.read();
  const admit = async (token: string, more: Partial<WebAttempt> = {}) =>
    admitter.admit(allow(webAttempt(token, { sessionId: "a browser's id", ...more })), "request");
  return {
    registry,
    residence,
    admit,
    renew: async (admitted: Result<Admission>, token: string) => {
      if (!admitted.ok) throw new Error(`not admitted: ${admitted.reason}`);
      return admitter.renew(admitted.value, token, "renewal");
    },
    /** All that other processes wrote has been acted on. */
    settled: () => residence.feed.read(),
    async [Symbol.asyncDispose]() {
      registry.close();
      await residence.close();
    },
  };
}

const revoke = (store: Store, jti: string) =>
  store.revoke([{ key: revocationKey("jti", jti), kind: "jti", value: jti, at: Date.now() / 1000 }]);

describe("a session that is renewed", () => {
  test("is not with a link that was revoked", async () => {
    const store = openMemoryStore();
    await using gateway = await startProcess(store);
    const admitted = await gateway.admit(await mintToken({ jti: "first" }));
    await revoke(store, "second");
    await gateway.settled();
    const second = await mintToken({ jti: "second" }, { expiresIn: 9_000 });
    expect(await gateway.renew(admitted, second)).toMatchObject({ ok: false, reason: "session-revoked" });
    expect(await gateway.admit(second)).toMatchObject({ ok: false, reason: "session-revoked" });
    expect(gateway.registry.size).toBe(1);
  });

  test("ends where another process renewed it with a link that is known here to be revoked", async () => {
    const store = openMemoryStore();
    await using here = await startProcess(store);
    await using there = await startProcess(store, { instance: "two" });
    const first = await mintToken({ jti: "first" });
    const [admitted] = [await there.admit(first), await here.admit(first)];
    here.residence.revocations.apply([{ key: revocationKey("jti", "second"), kind: "jti", at: 0 }]);
    expect(await there.renew(admitted, await mintToken({ jti: "second" }))).toMatchObject({ ok: true });
    await there.settled();
    await here.settled();
    expect(here.registry.size).toBe(0);
  });

  test("is over for all its tokens once one of them is revoked, in every process", async () => {
    const store = openMemoryStore();
    await using here = await startProcess(store);
    await using there = await startProcess(store, { instance: "two" });
    const [first, second] = [await mintToken({ jti: "first" }), await mintToken({ jti: "second" })];
    const admitted = await here.admit(first);
    expect(await here.renew(admitted, second)).toMatchObject({ ok: true });
    // It never saw the first.
    expect(await there.admit(second)).toMatchObject({ ok: true });
    await revoke(store, "first");
    await here.settled();
    await there.settled();
    expect([here.registry.size, there.registry.size]).toEqual([0, 0]);
    for (const gateway of [here, there]) expect((await gateway.admit(second)).ok).toBe(false);
    expect(await here.admit(second, { sessionId: "another browser's id" })).toMatchObject({ ok: true });
  });

  test("comes back where what ended it was taken back, and no token of it was revoked", async () => {
    const store = openMemoryStore();
    await using gateway = await startProcess(store);
    const admitted = await gateway.admit(await mintToken({ jti: "first" }));
    const second = await mintToken({ jti: "second" });
    await gateway.renew(admitted, second);
    // As where settings name its controller no more.
    if (admitted.ok) gateway.registry.end(admitted.value.session, "revoked");
    await gateway.settled();
    expect(await gateway.admit(second)).toMatchObject({ ok: true });
  });

  test("is in the list of who is inside with its new end, in every process", async () => {
    const store = openMemoryStore();
    await using gateway = await startProcess(store);
    await using there = await startProcess(store, { instance: "two" });
    const first = await mintToken({ jti: "first" }, { expiresIn: 60 });
    const [admitted] = [await gateway.admit(first), await there.admit(first)];
    await gateway.renew(admitted, await mintToken({ jti: "second" }, { expiresIn: 6_000 }));
    await there.settled();
    const rows = await store.sessions(Date.now() / 1000);
    expect(rows.map(({ instance }) => instance).sort()).toEqual(["one", "two"]);
    for (const { expiresAt } of rows) expect(expiresAt).toBeGreaterThan(Date.now() / 1000 + 5_000);
  });
});

describe("who is inside is counted", () => {
  test("by session, not by the id that a browser chose for several", async () => {
    const store = openMemoryStore();
    await using gateway = await startProcess(store, { perPrincipal: 1 });
    expect(await gateway.admit(await mintToken({ sub: "customer", ip: "127.0.0.1" }))).toMatchObject({ ok: true });
    const another = await mintToken({ sub: "customer", ip: "127.0.0.2" });
    const wanted = { address: "127.0.0.2", port: 443 };
    expect(await gateway.admit(another, { wanted })).toMatchObject({ ok: false, reason: "sessions-full" });
  });

  test("where one left, or was refused, and is back before that was told", async () => {
    const store = openMemoryStore();
    const gateway = await startProcess(store, { perPrincipal: 1 });
    const [one, two] = [await mintToken({ sub: "customer", jti: "1" }), await mintToken({ sub: "customer", jti: "2" })];
    const end = (admitted: Result<Admission>) => {
      if (admitted.ok) gateway.registry.end(admitted.value.session, "draining");
    };
    end(await gateway.admit(one));
    const back = await gateway.admit(one);
    const sessionId = "another browser's id";
    expect(await gateway.admit(two, { sessionId })).toMatchObject({ ok: false, reason: "sessions-full" });
    // Has told who left.
    await gateway.residence.close();
    expect(await store.sessions(0)).toHaveLength(1);
    end(back);
    await gateway.residence.close();
    expect(await gateway.admit(two, { sessionId })).toMatchObject({ ok: true });
    await gateway.residence.close();
    expect(await store.sessions(0)).toHaveLength(1);
    gateway.registry.close();
  });

  test("also once the store took their process for gone, as after a pause", async () => {
    const store = openMemoryStore();
    await using gateway = await startProcess(store);
    expect(await gateway.admit(await mintToken({}))).toMatchObject({ ok: true });
    const clock = new StoreClock({ store, now: () => Date.now() / 1000, onSkew() {} });
    const onError = (error: unknown) => expect.unreachable(String(error));
    const options = { store, registry: gateway.registry, clock, perPrincipal: 9, perTarget: 9, onError };
    const presence = new Presence({ ...options, instance: "one" });
    await store.beat("another", Date.now() / 1000 + 60);
    expect(await store.sessions(0)).toEqual([]);
    await presence.beat();
    expect(await store.sessions(0)).toMatchObject([{ instance: "one" }]);
    await presence.close();
  });

  test("and are gone who left before their process was known to the store", async () => {
    const begun = Promise.withResolvers<void>();
    const inner = openMemoryStore();
    const store: Store = {
      ...inner,
      beat: async (...values) => {
        await begun.promise;
        return inner.beat(...values);
      },
    };
    const gateway = await startProcess(store, { perPrincipal: 1 });
    const coming = gateway.admit(await mintToken({ sub: "customer" }));
    await expect.poll(() => gateway.registry.size).toBe(1);
    for (const session of [...gateway.registry]) gateway.registry.end(session, "ended");
    begun.resolve();
    await coming;
    await gateway.residence.close();
    expect(await store.sessions(0)).toEqual([]);
    gateway.registry.close();
  });

  test("until the last one of a name has left", async () => {
    const store = openMemoryStore();
    const gateway = await startProcess(store);
    const [one] = [
      await gateway.admit(await mintToken({ jti: "1" })),
      await gateway.admit(await mintToken({ jti: "2" })),
    ];
    if (one.ok) gateway.registry.end(one.value.session, "ended");
    await gateway.residence.close();
    expect(await store.sessions(Date.now() / 1000)).toHaveLength(1);
    gateway.registry.close();
  });
});
