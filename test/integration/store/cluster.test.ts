import { openStore, revocationKey } from "@sallyport/gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis } from "../../support/redis.ts";
import { type RedisCluster, startRedisCluster } from "../../support/redis-cluster.ts";
import { storeContract } from "./contract.ts";
import { startPair } from "./support.ts";

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const open = () => openStore({ dataDir: "", redisUrl: cluster.url });
const revocation = (value: string) => ({ key: revocationKey("jti", value), kind: "jti" as const, value, at: 1 });

storeContract({ name: "a Redis cluster", open, shared: true });

test("two gateways on a cluster: what is revoked at one ends at both", async () => {
  const shared = { options: { store: { redisUrl: cluster.url } }, [Symbol.asyncDispose]: async () => {} };
  await using pair = await startPair(shared);
  const token = await pair.token({ jti: "one" });
  const consoles = [await pair.console(0, token), await pair.console(1, token)];
  await pair.gateways[0].gateway.store.revoke([revocation("one")]);
  const endings = await Promise.all(consoles.map((console) => console.closing()));
  expect(endings).toEqual(["4003 sallyport:revoked", "4003 sallyport:revoked"]);
});

test("the node with our keys is killed and comes back: so do the gateways, by themselves", async () => {
  const shared = { options: { store: { redisUrl: cluster.url } }, [Symbol.asyncDispose]: async () => {} };
  await using pair = await startPair(shared);
  const console = await pair.console(0, await pair.token({ jti: "two" }));
  const node = await cluster.nodeOf("{sallyport}:epoch");
  await node.kill();
  const { store } = pair.gateways[1].gateway;
  await expect(store.revoke([revocation("two")])).rejects.toThrow(/^Redis /);
  expect(await console.passes()).toBe(true);
  // Nor does one that starts now hang.
  const late = await open();
  await expect(late.epoch()).rejects.toThrow(/^Redis /);
  await late.close();
  await node.restart();
  await expect.poll(() => store.revoke([revocation("two")]).then(() => true, String), { timeout: 20_000 }).toBe(true);
  expect(await console.closing()).toBe("4003 sallyport:revoked");
});

test("one address of a cluster, and several of what is none, are refused with what to write instead", async () => {
  await using alone = await startRedis();
  const ours = await cluster.nodeOf("{sallyport}:epoch");
  const another = cluster.nodes.find((node) => node !== ours);
  for (const [redisUrl, advice] of [
    [another?.url ?? "", "is one node of a cluster: name several of its nodes in REDIS_URL, with commas between"],
    [`${alone.url},${alone.url}`, "is no cluster: name only one address in REDIS_URL"],
  ] as const) {
    const store = await openStore({ dataDir: "", redisUrl });
    await expect(store.epoch()).rejects.toThrow(advice);
    await store.close();
  }
});
