import { randomUUID } from "node:crypto";
import type { Epoch, Store } from "../store.ts";
import { auditIn } from "./audit.ts";
import { type ConnectionOptions, RedisConnection } from "./connection.ts";
import { directoryIn } from "./directory.ts";
import { keys } from "./keys.ts";
import { platformsIn, prunePlatforms } from "./platforms.ts";
import { revocationsIn } from "./revocations.ts";
import { usageIn } from "./usage.ts";

const EPOCH = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])`;

/** A store in Redis, which any number of machines share. It need not be there yet: each operation says whether it is. */
export async function openRedisStore(options: ConnectionOptions): Promise<Store> {
  const redis = new RedisConnection(options);
  await redis.open();
  const revocations = revocationsIn(redis);
  return {
    kind: "redis",
    async epoch() {
      const fresh: Epoch = { id: randomUUID(), since: Date.now() / 1000 };
      return JSON.parse(String(await redis.run(EPOCH, [keys.epoch], JSON.stringify(fresh))));
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
