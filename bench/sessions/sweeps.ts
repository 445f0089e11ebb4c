import { randomUUID } from "node:crypto";
import { RevocationFeed } from "../../packages/gateway/src/admission/revocation-feed.ts";
import { Revocations } from "../../packages/gateway/src/admission/revocations.ts";
import type { SessionRegistry } from "../../packages/gateway/src/admission/sessions.ts";
import { type Revocation, revocationKey } from "../../packages/gateway/src/store/revocations.ts";
import { openMemoryStore } from "../../packages/gateway/src/store/sqlite/memory.ts";
import type { Figure } from "./figure.ts";
import { newRegistry } from "./registry.ts";

const SESSIONS = 10_000;
/** Nothing else may wait longer, in milliseconds. */
const MOST = 5;
const ROUNDS = 15;

const now = () => Date.now() / 1000;

function fill(registry: SessionRegistry, expiresIn: number): void {
  const iat = Math.floor(now()) - 10;
  for (let n = 0; n < SESSIONS; n++) {
    const claims = { ip: "10.0.0.7", exp: now() + expiresIn, iat, jti: randomUUID() };
    const session = registry.open({
      ...{ id: randomUUID(), token: { claims, hash: randomUUID() }, clientAddress: undefined, startedAt: now() },
      principal: { kind: "session-token", id: `customer-${n}`, tenant: undefined },
    });
    session.attach({ end: () => {} });
    // As on entry.
    void session.marks;
  }
}

/** Looking through 10,000 sessions, of which none or all have expired. */
export async function expirySweeps(): Promise<readonly Figure[]> {
  return [
    ...(await measure("10,000 sessions looked through for expiry", async () => prepareSweep(600))),
    ...(await measure("10,000 sessions expire at once", async () => prepareSweep(-1))),
  ];
}

function prepareSweep(expiresIn: number): Round {
  const registry = newRegistry();
  fill(registry, expiresIn);
  return { act: () => registry.sweep(), over: async () => registry.close() };
}

/** What a revocation that comes from the store costs where 10,000 sessions are open. */
export async function revocationSweeps(): Promise<readonly Figure[]> {
  const one = (): Revocation => ({ key: revocationKey("jti", randomUUID()), kind: "jti", at: now() });
  const all = (): Revocation => ({ key: revocationKey("all", ""), kind: "all", at: now(), before: now() });
  return [
    ...(await measure("one of 10,000 sessions revoked", () => prepareRevocation(one()))),
    ...(await measure("all 10,000 sessions revoked", () => prepareRevocation(all()))),
  ];
}

async function prepareRevocation(revocation: Revocation): Promise<Round> {
  const [registry, store, revocations] = [newRegistry(), openMemoryStore(), new Revocations()];
  fill(registry, 600);
  const told = { onStatus: () => {}, onRenewed: () => {}, onEmptied: () => {}, now };
  // Who writes it is another process, or the store's thread.
  const feed = new RevocationFeed({ store: { ...store, onChange: () => () => {} }, revocations, registry, ...told });
  await feed.read();
  await store.revoke([revocation]);
  return {
    act: () => feed.read(),
    async over() {
      await feed.close();
      await store.close();
      registry.close();
    },
  };
}

interface Round {
  act(): Promise<void>;
  over(): Promise<void>;
}

/**
 * How long others had to wait at most between two turns of the event loop, over several rounds, and how long the quickest
 * round took in all. Turns that another program of a busy machine interrupted say nothing of ours and do not count.
 */
async function measure(name: string, prepare: () => Promise<Round>): Promise<readonly Figure[]> {
  const rounds: { longest: number; took: number }[] = [];
  for (let n = 0; n < ROUNDS; n++) rounds.push(await play(await prepare()));
  const longest = Math.max(...rounds.map((round) => round.longest));
  const quickest = Math.min(...rounds.map(({ took }) => took));
  return [
    { name: `${name}: longest pause`, value: longest, unit: "ms", most: MOST },
    { name: `${name}: in all`, value: quickest, unit: "ms" },
  ];
}

async function play({ act, over }: Round): Promise<{ longest: number; took: number }> {
  // What was left of the preparation is not what is measured.
  globalThis.gc?.();
  let [longest, on, last, switches] = [0, true, performance.now(), interruptions()];
  const look = () => {
    const took = performance.now() - last;
    if (interruptions() === switches) longest = Math.max(longest, took);
    [last, switches] = [performance.now(), interruptions()];
    if (on) setImmediate(look);
  };
  setImmediate(look);
  const begun = performance.now();
  await act();
  const took = performance.now() - begun;
  await new Promise(setImmediate);
  on = false;
  await over();
  return { longest, took };
}

/** How often the system took the processor away from this process while it had more to do. */
function interruptions(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}
