import type { LinkStore } from "../links.ts";
import type { Revocation, RevocationStore } from "../revocations.ts";
import type { RedisConnection } from "./connection.ts";
import { keys } from "./keys.ts";

/** Pairs of key and JSON, with the time after which each may go (empty: never). */
const REVOKE = `
for i = 2, #ARGV, 3 do
  local seq = redis.call('INCR', KEYS[4])
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[2], seq, ARGV[i])
  if ARGV[i + 2] == '' then redis.call('ZREM', KEYS[3], ARGV[i])
  else redis.call('ZADD', KEYS[3], ARGV[i + 2], ARGV[i]) end
end
redis.call('PUBLISH', ARGV[1], 'revocations')`;

const AFTER = `
local found = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local page = { found[#found] or ARGV[1] }
for i = 1, #found, 2 do page[#page + 1] = redis.call('HGET', KEYS[1], found[i]) end
return page`;

const PRUNE = `
local over = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, 1000)
for _, key in ipairs(over) do
  redis.call('HDEL', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
return #over`;

const NAMES = [keys.revocations, keys.revocationOrder, keys.revocationUntil, keys.revocationCounter];
/** Revocations that are written by one script, which nothing else gets between. */
const GROUP = 500;

export function revocationsIn(redis: RedisConnection): RevocationStore & LinkStore & { prune: Prune } {
  return {
    async revoke(revocations) {
      for (let from = 0; from < revocations.length; from += GROUP) {
        const group = revocations.slice(from, from + GROUP);
        const values = group.flatMap((one) => [one.key, JSON.stringify(one), one.until ?? ""]);
        await redis.run(REVOKE, NAMES, keys.changes, ...values);
      }
    },
    async revocationsAfter(cursor, limit) {
      const [last, ...rows] = (await redis.run(AFTER, NAMES, cursor, limit)) as string[];
      return { cursor: Number(last), revocations: rows.map((row): Revocation => JSON.parse(row)) };
    },
    // Redis lets a link's mark go by itself; a second caller gets nothing from NX.
    async consume({ jti, until }) {
      return (await redis.send("SET", keys.link(jti), "", "NX", "EXAT", Math.ceil(until))) === "OK";
    },
    async restoreLinks(links) {
      for (const link of links) await this.consume(link);
    },
    async prune(now) {
      return Number(await redis.run(PRUNE, NAMES, now));
    },
  };
}

type Prune = (now: number) => Promise<number>;
