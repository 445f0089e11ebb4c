import { randomUUID } from "node:crypto";
import type { Epoch, Store } from "../store.ts";
import { auditIn } from "./audit.ts";
import { type ConnectionOptions, RedisConnection } from "./connection.ts";
import { directoryIn } from "./directory.ts";
import { keys } from "./keys.ts";
import { platformsIn, prunePlatforms } from "./platforms.ts";
import { revocationsIn } from "./revocations.ts";
import { usageIn } from "./usage.ts";

/** Born by the server's own clock, which all gateways share. */
const EPOCH = `
local since = tonumber(redis.call('TIME')[1])
redis.call('SET', KEYS[1], cjson.encode({ id = ARGV[1], since = since }), 'NX')
return { redis.call('GET', KEYS[1]), string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or '' }`;

/** Of the node that has our keys: those of a cluster may differ. */
const TIME = `return redis.call('TIME')`;

/** A store in Redis, which any number of machines share. It need not be there yet: each operation says whether it is. */
export async function openRedisStore(options: ConnectionOptions): Promise<Store> {
  const redis = new RedisConnection(options);
  await redis.open();
  const revocations = revocationsIn(redis);
  return {
    kind: "redis",
    async epoch() {
      const [birth = "", run] = (await redis.run(EPOCH, [keys.epoch], randomUUID())) as string[];
      const { id, since }: Epoch = JSON.parse(birth);
      return { id, since, run };
    },
    async time() {
      const [seconds, microseconds] = (await redis.run(TIME, [keys.epoch])) as string[];
      return Number(seconds) + Number(microseconds) / 1e6;
    },
    ...revocations,
    prune: async (now) => (await revocations.prune(now)) + (await prunePlatforms(redis, now)),
    ...directoryIn(redis),
    ...auditIn(redis),
    ...usageIn(redis),
    ...platformsIn(redis),
    onChange: (listener) => redis.onChange(listener),
    async close() {
      redis.close();
    },
  };
}
