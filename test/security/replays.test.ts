import { randomUUID } from "node:crypto";
import { signAssertion } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { type Shared, stores } from "../integration/store/support.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { call } from "../support/http-client.ts";
import { OK, startRawServer } from "../support/raw-http.ts";
import { startRedis } from "../support/redis.ts";
import { mintToken } from "../support/tokens.ts";

const EDGE_KEY = "an-edge-key-for-tests-of-at-least-32-bytes";
const HOST = "https://k7.example.test";

/** Two gateways on one store, and a request that was overheard on its way to either. */
async function startTwo({ options }: Pick<Shared, "options">) {
  await using undo = new AsyncDisposableStack();
  const controller = undo.use(await startRawServer(() => OK));
  const web = { edge: { keys: [EDGE_KEY], ca: undefined } };
  const start = async () => undo.use(await startTestGateway({ ...options, web }));
  const gateways = [await start(), await start()] as const;
  const token = await mintToken({ port: controller.port, scheme: "http", jti: randomUUID() });
  const parts = undo.move();
  return {
    gateways,
    async overhear(method: string) {
      const of = { method, target: "/power", token, address: "127.0.0.1", port: controller.port };
      const who = { publicOrigin: HOST, clientAddress: "192.0.2.1", sessionId: "" };
      const assertion = await signAssertion({ ...of, ...who }, EDGE_KEY, Date.now() / 1000);
      return (gateway: TestGateway) => send(gateway, { method, token, assertion, port: controller.port });
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

interface Overheard {
  readonly method: string;
  readonly token: string;
  readonly assertion: string;
  readonly port: number;
}

async function send(gateway: TestGateway, { method, token, assertion, port }: Overheard): Promise<number> {
  const headers = {
    ...{ cookie: `pm-session=${token}`, "x-pm-host": "127.0.0.1", "x-pm-port": String(port) },
    "x-pm-assertion": assertion,
  };
  return (await call(`https://127.0.0.1:${gateway.port}`, "/power", { ca: gateway.ca, method, headers })).status;
}

describe.each(stores)("an edge's statement, two gateways on one %s", (_, start) => {
  test("is good once over both where it changes anything", async () => {
    await using shared = await start();
    await using two = await startTwo(shared);
    for (const method of ["POST", "DELETE"]) {
      const replay = await two.overhear(method);
      expect(await Promise.all(two.gateways.map(replay)).then((all) => all.toSorted())).toEqual([200, 403]);
      expect([await replay(two.gateways[0]), await replay(two.gateways[1])]).toEqual([403, 403]);
    }
  });

  test("is good once in each where it only reads", async () => {
    await using shared = await start();
    await using two = await startTwo(shared);
    const replay = await two.overhear("GET");
    const statuses = [await replay(two.gateways[0]), await replay(two.gateways[1]), await replay(two.gateways[1])];
    expect(statuses).toEqual([200, 200, 403]);
  });
});

test.each([
  ["allow", [200, 403]],
  ["deny", [503, 403]],
] as const)("while the store is away, with %s, each gateway still knows what it saw", async (onFailure, statuses) => {
  await using redis = await startRedis();
  await using two = await startTwo({ options: { store: { redisUrl: redis.url, onFailure } } });
  expect(await (await two.overhear("GET"))(two.gateways[0])).toBe(200);
  await redis.kill();
  const replay = await two.overhear("POST");
  expect([await replay(two.gateways[0]), await replay(two.gateways[0])]).toEqual(statuses);
});
