import { randomUUID } from "node:crypto";
import { once } from "node:events";
import process from "node:process";
import { revocationKey } from "@sallyport/gateway";
import { describe, expect, test } from "vitest";
import { type Pair, startPair } from "../integration/store/support.ts";
import { startRedis } from "../support/redis.ts";
import { type Cut, startSeverableWay } from "../support/severable.ts";

/** How long Redis is cut off, in seconds; the suite of faults by itself asks for 30. */
const OUTAGE = Number(process.env.OUTAGE ?? 6);

type Policy = "allow" | "deny";

/** Two gateways on one Redis; the first one's way there can be cut. */
async function startCuttable(onFailure: Policy) {
  await using undo = new AsyncDisposableStack();
  const redis = undo.use(await startRedis());
  const way = undo.use(await startSeverableWay(redis.port));
  const options = { store: { redisUrl: redis.url, onFailure } };
  const shared = { options, [Symbol.asyncDispose]: async () => {} };
  const cuttable = { store: { redisUrl: `redis://127.0.0.1:${way.port}`, onFailure } };
  const pair = undo.use(await startPair(shared, {}, cuttable));
  const parts = undo.move();
  return { way, pair, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

const revoke = ({ gateways }: Pair, value: string) =>
  gateways[1].gateway.store.revoke([{ key: revocationKey("jti", value), kind: "jti", value, at: Date.now() / 1000 }]);

interface Repeated<Outcome> extends AsyncDisposable {
  /** Does it no more: every different outcome, faults as texts. */
  stop(): Promise<readonly (Outcome | string)[]>;
}

/** Does something again and again, until it is stopped. */
function repeatedly<Outcome>(pace: number, act: () => Promise<Outcome>): Repeated<Outcome> {
  const outcomes: Promise<Outcome | string>[] = [];
  const timer = setInterval(() => outcomes.push(act().catch(String)), pace);
  const stop = async () => {
    clearInterval(timer);
    return [...new Set(await Promise.all(outcomes))];
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** What a customer meets who opens a console at the first gateway. */
async function statusOf(pair: Pair, token: string): Promise<number> {
  const { status, close } = await pair.console(0, token);
  close();
  return status;
}

/** What somebody new meets there. */
async function newcomer(pair: Pair): Promise<number> {
  return statusOf(pair, await pair.token({ sub: randomUUID() }));
}

const cases: readonly (readonly [Cut, Policy, number])[] = [
  ["refused", "allow", 101],
  ["refused", "deny", 503],
  ["silent", "allow", 101],
  ["silent", "deny", 503],
];

describe.concurrent(`Redis is cut off for ${OUTAGE} s during traffic`, () => {
  test.for(cases)(
    "%s, with %s: new sessions get %i, open ones go on, what was revoked meanwhile ends within a second of the return",
    { timeout: 60_000 + OUTAGE * 2_000 },
    async ([how, onFailure, status], { expect }) => {
      await using one = await startCuttable(onFailure);
      const { pair, way } = one;
      const [doomed, later, running] = [
        await pair.token({ jti: "doomed" }),
        await pair.token({ jti: "later" }),
        await pair.token({ jti: "running" }),
      ];
      const [first, second, steady] = [
        await pair.console(0, doomed),
        await pair.console(0, later),
        await pair.console(0, running),
      ];
      await using frames = repeatedly(100, () => steady.passes());
      await using requests = repeatedly(500, () => statusOf(pair, running));

      way.cut(how);
      const outage = once(AbortSignal.timeout(OUTAGE * 1_000), "abort");
      await using newcomers = repeatedly(500, () => newcomer(pair));
      await revoke(pair, "doomed");
      expect((await pair.console(1, doomed)).status).toBe(401);
      expect((await pair.console(1, await pair.token({ jti: "elsewhere" }))).status).toBe(101);
      await outage;
      expect(await newcomers.stop()).toEqual([status]);
      expect(await first.passes()).toBe(true);

      way.mend();
      const returned = performance.now();
      expect(await first.closing()).toBe("4003 sallyport:revoked");
      expect(performance.now() - returned).toBeLessThan(1_000);
      expect([await frames.stop(), await requests.stop()]).toEqual([[true], [101]]);

      const [gateway] = pair.gateways;
      await gateway.waitForLine(({ message }) => message === "revocations are up to date");
      expect((await pair.console(0, doomed)).status).toBe(401);
      expect((await pair.console(0, await pair.token({ jti: "after" }))).status).toBe(101);
      // It listens again, too: what is revoked from now on is heard.
      await revoke(pair, "later");
      const revoked = performance.now();
      expect(await second.closing()).toBe("4003 sallyport:revoked");
      expect(performance.now() - revoked).toBeLessThan(1_000);
    },
  );
});

test("who was let in while Redis was away is in the trail and among the sessions once it is back", async () => {
  await using one = await startCuttable("allow");
  const { pair, way } = one;
  way.cut("refused");
  const { status } = await pair.console(0, await pair.token({ sub: "meanwhile" }));
  expect(status).toBe(101);
  way.mend();
  const [gateway, other] = pair.gateways;
  await gateway.waitForLine(({ message }) => message === "the audit trail is written again");
  const records = (await other.gateway.store.auditRecent(100)).map(({ body }) => JSON.parse(body));
  expect(records.filter(({ principal }) => principal === "meanwhile")).toMatchObject([{ event: "start" }]);
  await expect
    .poll(async () => (await other.gateway.store.sessions(Date.now() / 1000)).map(({ principal }) => principal), {
      timeout: 10_000,
    })
    .toContain("meanwhile");
});
