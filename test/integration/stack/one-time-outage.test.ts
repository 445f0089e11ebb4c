import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { TestGatewayOptions } from "../../support/gateway.ts";
import { type Called, call, cookiesOf } from "../../support/http-client.ts";
import { startRedis } from "../../support/redis.ts";
import { type Stack, startStack } from "../../support/stack.ts";

const SESSION_KEY = "a-session-key-for-tests-of-32-bytes-x";

/** A store that can be taken away from the gateways that have it open, and given back. */
interface Breakable extends AsyncDisposable {
  readonly options: (onFailure: "allow" | "deny") => TestGatewayOptions;
  away(): Promise<void>;
  back(): Promise<void>;
}

async function startBreakableRedis(): Promise<Breakable> {
  const redis = await startRedis();
  return {
    options: (onFailure) => ({ store: { redisUrl: redis.url, onFailure } }),
    away: () => redis.kill(),
    back: () => redis.restart(),
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
}

/** Somebody else keeps the file for longer than anybody waits for it. */
async function startBreakableFile(): Promise<Breakable> {
  const dataDir = await mkdtemp(join(tmpdir(), "sallyport-locked-"));
  let other: DatabaseSync | undefined;
  const back = async () => {
    other?.close();
    other = undefined;
  };
  return {
    options: (onFailure) => ({ dataDir, store: { onFailure } }),
    async away() {
      other = new DatabaseSync(join(dataDir, "store", "sallyport.db"));
      other.exec("BEGIN IMMEDIATE");
    },
    back,
    async [Symbol.asyncDispose]() {
      await back();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** What a browser does with a link: the page that it leads to posts itself. */
function use({ edge }: Stack, token: string): Promise<Called> {
  const headers = {
    ...{ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", accept: "text/html" },
    ...{ origin: edge.url, "content-type": "application/x-www-form-urlencoded" },
  };
  return call(edge.url, "/gpsession", { method: "POST", body: `token=${token}&handed-over=1`, headers });
}

/** A store that failed is asked again after a second. */
async function useOnceServed(stack: Stack, token: string): Promise<Called> {
  for (;;) {
    const answer = await use(stack, token);
    if (answer.status !== 503) return answer;
  }
}

test("Redis comes back empty: a link that was used stays used, and a fresh one works", async () => {
  await using redis = await startRedis();
  const gateway = { store: { redisUrl: redis.url }, web: { sessionKeys: [SESSION_KEY] } };
  await using stack = await startStack({ gateway, vars: { ONE_TIME_LINKS: "true", SESSION_KEY } });
  const link = () => stack.token({ port: stack.bmc.port, jti: randomUUID() });
  const used = await link();
  expect((await use(stack, used)).status).toBe(200);
  await redis.restart({ empty: true });
  const lost = ({ message }: { message?: unknown }) => String(message).includes("lost what it knew");
  expect(await stack.gateway.waitForLine(lost)).toMatchObject({ links: 1 });
  expect((await use(stack, used)).status).not.toBe(200);
  expect(["link-older-than-store", "link-used"]).toContain(await stack.gateway.nextDenial());
  expect((await use(stack, await link())).status).toBe(200);
});

describe.each([
  ["Redis", startBreakableRedis],
  ["SQLite", startBreakableFile],
] as const)("while %s is away", (_, start) => {
  test.each(["allow", "deny"] as const)(
    "a link that works once lets nobody in, with ON_STORE_FAILURE=%s too, and works once it is back",
    async (onFailure) => {
      await using store = await start();
      const gateway = { ...store.options(onFailure), web: { sessionKeys: [SESSION_KEY] } };
      await using stack = await startStack({ gateway, vars: { ONE_TIME_LINKS: "true", SESSION_KEY } });
      const token = await stack.token({ port: stack.bmc.port, jti: randomUUID() });
      await store.away();
      const refused = await use(stack, token);
      expect([refused.status, refused.headers["set-cookie"]]).toEqual([503, undefined]);
      expect(await stack.gateway.nextDenial()).toBe("store-unavailable");
      await store.back();
      const { gateway: running } = stack.gateway;
      await expect.poll(() => running.store.epoch().then(Boolean, () => false)).toBe(true);
      const entered = await useOnceServed(stack, token);
      expect(entered.status).toBe(200);
      expect(cookiesOf(entered)).toContain("__Host-pm-session=");
      expect((await use(stack, token)).status).toBe(410);
    },
  );
});
