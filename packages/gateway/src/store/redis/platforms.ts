import { MAX_PLATFORMS, type PlatformStore, type RememberedPlatform } from "../platforms.ts";
import type { RedisConnection } from "./connection.ts";
import { keys } from "./keys.ts";

/** ARGV: target, its time, JSON, how many are kept. */
const REMEMBER = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
local many = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if many <= 0 then return end
for _, target in ipairs(redis.call('ZRANGE', KEYS[2], 0, many - 1)) do
  redis.call('HDEL', KEYS[1], target)
  redis.call('ZREM', KEYS[2], target)
end`;

const PRUNE = `
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 1000)
for _, target in ipairs(over) do
  redis.call('HDEL', KEYS[1], target)
  redis.call('ZREM', KEYS[2], target)
end
return #over`;

const NAMES = [keys.platforms, keys.platformUntil];

export function platformsIn(redis: RedisConnection): PlatformStore {
  return {
    async rememberPlatform(remembered) {
      const { target, until } = remembered;
      await redis.run(REMEMBER, NAMES, target, until, JSON.stringify(remembered), MAX_PLATFORMS);
    },
    async platformOf(target, now) {
      const found = await redis.send("HGET", keys.platforms, target);
      if (typeof found !== "string") return undefined;
      const remembered: RememberedPlatform = JSON.parse(found);
      return remembered.until > now ? remembered : undefined;
    },
  };
}

/** Forgets those whose time (`now`, seconds) has come. How many. */
export async function prunePlatforms(redis: RedisConnection, now: number): Promise<number> {
  return Number(await redis.run(PRUNE, NAMES, now));
}
