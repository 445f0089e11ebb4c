import {
  allow,
  createTokenVerifier,
  parseNetwork,
  type Result,
  secretKeySet,
  type TokenVerifier,
} from "@sallyport/shared";
import { expect, test } from "vitest";
import { webAttempt } from "../../../../test/support/attempts.ts";
import { mintToken, TEST_SECRET } from "../../../../test/support/tokens.ts";
import { createAdmitter } from "../../src/admission/admit.ts";
import type { WebAttempt } from "../../src/admission/attempt.ts";
import { createBlame } from "../../src/admission/blame.ts";
import { Revocations } from "../../src/admission/revocations.ts";
import { SessionRegistry } from "../../src/admission/sessions.ts";
import type { DecisionRecord } from "../../src/ledger/ledger.ts";
import { EntryLimit } from "../../src/limits/entries.ts";
import { MAX_LIVE } from "../../src/limits/sessions.ts";
import { TargetPolicy } from "../../src/policy/targets.ts";

function gate(current?: () => TokenVerifier) {
  const records: DecisionRecord[] = [];
  const clock = { now: Date.now() / 1000 };
  const now = () => clock.now;
  const registry = new SessionRegistry({
    ...{ now, maxSessions: 10 },
    onEnd: () => {},
    onBytes: () => {},
    onCount: () => {},
  });
  const verifier = createTokenVerifier({ keys: secretKeySet([TEST_SECRET]), algorithms: ["HS256"] });
  const targets = new TargetPolicy({
    networks: [parseNetwork("127.0.0.0/8")].filter((network) => network !== undefined),
    allowedPorts: [443],
    targetPort: 443,
    secondPorts: new Set(),
  });
  const fixed = { desk: undefined, targets, web: { allowNoOrigin: false } };
  const admitter = createAdmitter({
    rules: {
      get current() {
        return { ...fixed, cookies: current?.() ?? verifier };
      },
    },
    edge: undefined,
    entries: new EntryLimit(() => 0),
    blame: createBlame({ registry, edgeProven: false }),
    registry,
    onRenewed: () => {},
    ledger: {
      decision: (record) => void records.push(record),
      sessionStarted: async () => {},
      sessionEnded: () => {},
      close: async () => {},
    },
    enter: async () => allow(true),
    revocations: new Revocations(),
    now,
    draining: () => false,
  });
  return { admitter, registry, records, clock, [Symbol.dispose]: () => registry.close() };
}

async function request(more: Partial<WebAttempt> = {}): Promise<Result<WebAttempt>> {
  return allow(webAttempt(await mintToken({}), more));
}

test("a known session's request is decided about at once, and recorded", async () => {
  using parts = gate();
  const read = await request();
  const first = await parts.admitter.admit(read, "1");
  const again = parts.admitter.admit(read, "2");
  expect(again).not.toBeInstanceOf(Promise);
  expect(again).toEqual(first);
  expect(parts.records.map(({ decision, opened, requestId }) => [decision, opened, requestId])).toEqual([
    ["allow", true, "1"],
    ["allow", false, "2"],
  ]);
});

test("at once or not, every check is made each time", async () => {
  using parts = gate();
  const read = await request();
  const first = await parts.admitter.admit(read, "1");
  if (!first.ok || !read.ok) throw new Error("not admitted");
  const refused = async (change: Partial<WebAttempt>) => parts.admitter.admit(allow({ ...read.value, ...change }), "2");
  const foreign = { ...read.value.provenance, fetchSite: "cross-site" };
  expect(await refused({ provenance: foreign })).toMatchObject({ reason: "origin-foreign" });
  expect(await refused({ wanted: { address: "127.0.0.2" } })).toMatchObject({ reason: "target-address" });
  expect(await refused({ tokens: [] })).toMatchObject({ reason: "token-missing" });
  expect(await refused({ tokens: [...read.value.tokens, "x"] })).toMatchObject({ reason: "token-duplicate" });
  const detach = Array.from({ length: MAX_LIVE }, () => first.value.session.attach({ end: () => {} }));
  expect(await refused({})).toMatchObject({ reason: "connections-full" });
  for (const one of detach) one();
  parts.clock.now += 601;
  expect(await refused({})).toMatchObject({ reason: "token-expired" });
  expect(parts.records.filter(({ decision }) => decision === "deny")).toHaveLength(6);
});

test("a key that is taken back while a signature is computed opens nothing", async () => {
  const old = secretKeySet([TEST_SECRET]);
  const fresh = createTokenVerifier({
    keys: secretKeySet(["another-secret-of-32-bytes-or-more"]),
    algorithms: ["HS256"],
  });
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const former = createTokenVerifier({
    algorithms: ["HS256"],
    keys: {
      ...old,
      async keysFor(hint) {
        asked.resolve();
        await released.promise;
        return old.keysFor(hint);
      },
    },
  });
  let current = former;
  using parts = gate(() => current);
  const answer = parts.admitter.admit(await request(), "1");
  await asked.promise;
  current = fresh;
  released.resolve();
  expect(await answer).toMatchObject({ ok: false, reason: "token-signature" });
  expect(parts.registry.size).toBe(0);
});
