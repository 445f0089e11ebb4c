import { randomBytes, randomUUID } from "node:crypto";
import { createTokenVerifier, parseNetwork, secretKeySet } from "@sallyport/shared";
import { createAdmitter } from "../../packages/gateway/src/admission/admit.ts";
import type { WebAttempt } from "../../packages/gateway/src/admission/attempt.ts";
import { createBlame } from "../../packages/gateway/src/admission/blame.ts";
import { RevocationFeed } from "../../packages/gateway/src/admission/revocation-feed.ts";
import { Revocations } from "../../packages/gateway/src/admission/revocations.ts";
import { SessionRegistry } from "../../packages/gateway/src/admission/sessions.ts";
import { createLedger } from "../../packages/gateway/src/ledger/ledger.ts";
import { revocationKey } from "../../packages/gateway/src/store/revocations.ts";
import { openMemoryStore } from "../../packages/gateway/src/store/sqlite/memory.ts";
import { noLog } from "../../packages/gateway/src/telemetry/log.ts";
import { noMetrics } from "../../packages/gateway/src/telemetry/metrics.ts";
import { mintToken, TEST_SECRET } from "../../test/support/tokens.ts";

/** What sessions cost: `node --expose-gc bench/sessions/sessions.ts`. Figures of one machine, for docs/scaling.md. */

const now = () => Date.now() / 1000;
const print = (name: string, value: number, unit: string) =>
  process.stdout.write(`${name.padEnd(56)} ${value.toFixed(2)} ${unit}\n`);

const newRegistry = () =>
  new SessionRegistry({ now, maxSessions: 100_000, onEnd: () => {}, onBytes: () => {}, onCount: () => {} });

async function knownSession(): Promise<void> {
  const registry = newRegistry();
  const network = parseNetwork("127.0.0.0/8");
  const admitter = createAdmitter({
    verifier: createTokenVerifier({ keys: secretKeySet([TEST_SECRET]), algorithms: ["HS256"] }),
    desk: undefined,
    onRenewed: () => {},
    blame: createBlame({ registry, edgeProven: false }),
    edge: undefined,
    targets: {
      networks: network ? [network] : [],
      allowedPorts: [443],
      targetPort: 443,
      secondPorts: new Set<number>(),
    },
    allowNoOrigin: false,
    registry,
    ledger: createLedger(noLog, noMetrics),
    enter: async () => ({ ok: true, value: true }),
    now,
    draining: () => false,
  });
  const attempt: WebAttempt = {
    entrypoint: "web",
    transport: "http",
    requestId: "r",
    tokens: [await mintToken({})],
    sessionId: "id",
    wanted: { address: "127.0.0.1", port: 443 },
    publicHost: "x.example",
    publicOrigin: "https://x.example",
    provenance: {
      kind: "safe",
      origin: undefined,
      fetchSite: undefined,
      fetchMode: undefined,
      serviceWorker: false,
      controllerCookies: false,
    },
    clientAddress: undefined,
    peer: undefined,
    edge: { assertion: undefined, method: "GET", target: "/" },
  };
  const read = { ok: true, value: attempt } as const;
  const first = await admitter.admit(read, "r");
  if (!first.ok) throw new Error(first.reason);
  const rounds = 300_000;
  for (let n = 0; n < rounds; n++) await admitter.admit(read, "r");
  // Of processor time: others on the machine do not count.
  const begun = process.cpuUsage();
  for (let n = 0; n < rounds; n++) await admitter.admit(read, "r");
  print("admit of a known session", process.cpuUsage(begun).user / rounds, "µs");
  registry.close();
}

function manyRevocations(): void {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const revocations = new Revocations();
  for (let n = 0; n < 1_000_000; n++) {
    const key = randomBytes(16).toString("base64url");
    revocations.apply([{ key, kind: "jti", until: 2e9, at: 0 }]);
  }
  globalThis.gc?.();
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  print("1,000,000 revocations", grown / 2 ** 20, "MiB");
  const key = revocationKey("jti", "x");
  const marks = { revoked: Array.from({ length: 7 }, () => key), ended: [key], issuedAt: 1 };
  const begun = performance.now();
  for (let n = 0; n < 100_000; n++) revocations.verdict(marks);
  print("verdict on a new session among them", ((performance.now() - begun) * 1000) / 100_000, "µs");
  if (revocations.size !== 1_000_000) throw new Error("some are missing");
}

async function bigSweep(): Promise<void> {
  const [registry, store, revocations] = [newRegistry(), openMemoryStore(), new Revocations()];
  const iat = Math.floor(now()) - 10;
  for (let n = 0; n < 10_000; n++) {
    const claims = { ip: "10.0.0.7", exp: now() + 600, iat, jti: randomUUID() };
    const session = registry.open({
      ...{ id: randomUUID(), token: { claims, hash: randomUUID() }, clientAddress: undefined, startedAt: now() },
      principal: { kind: "session-token", id: `customer-${n}`, tenant: undefined },
    });
    session.attach({ end: () => {} });
    // As on entry.
    revocations.verdict(session.marks);
  }
  const feed = new RevocationFeed({
    ...{ store, revocations, registry, now, onStatus: () => {}, onEmptied: () => {} },
  });
  await feed.read();
  const revoke = (key: string, kind: "jti" | "all") =>
    store.revoke([{ key, kind, at: now(), ...(kind === "all" ? { before: now() } : {}) }]);
  for (const [name, kind] of [
    ["one of 10,000 sessions revoked, cold", "jti"],
    ["one of 10,000 sessions revoked", "jti"],
    ["all 10,000 sessions revoked", "all"],
  ] as const) {
    const pause = longestPause();
    const begun = performance.now();
    await revoke(revocationKey(kind, kind === "all" ? "" : randomUUID()), kind);
    await feed.read();
    const took = performance.now() - begun;
    print(`${name}: longest pause`, await pause(), "ms");
    print(`${name}: all in all`, took, "ms");
  }
  const expiring = newRegistry();
  for (let n = 0; n < 10_000; n++) {
    expiring
      .open({
        ...{ id: randomUUID(), clientAddress: undefined, startedAt: now() },
        token: { claims: { ip: "10.0.0.7", exp: now() + 600 }, hash: randomUUID() },
        principal: { kind: "session-token", id: "c", tenant: undefined },
      })
      .attach({ end: () => {} });
  }
  const begun = performance.now();
  expiring.sweep();
  print("10,000 sessions looked through for expiry", performance.now() - begun, "ms");
  await feed.close();
  await store.close();
  registry.close();
  expiring.close();
}

/** How long the event loop stood still at most, until it is asked. */
function longestPause(): () => Promise<number> {
  let [last, longest, on] = [performance.now(), 0, true];
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (on) setImmediate(look);
  };
  setImmediate(look);
  return async () => {
    await new Promise(setImmediate);
    on = false;
    return longest;
  };
}

await knownSession();
manyRevocations();
await bigSweep();
