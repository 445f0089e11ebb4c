import { type DirectoryStore, INSTANCE_LIFE, type SessionLimit, type SessionRow } from "../directory.ts";
import type { RedisConnection } from "./connection.ts";
import { keys } from "./keys.ts";

/** A session's member everywhere is `<instance> <name>`; sets say which of them share a token, principal or target. */
const DROP = `
local function drop(member)
  local row = redis.call('HGET', KEYS[2], member)
  if not row then return end
  redis.call('HDEL', KEYS[2], member)
  for _, set in ipairs(cjson.decode(row).sets) do redis.call('SREM', KEYS[3] .. set, member) end
end`;

const BEAT = `${DROP}
local new = redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local over = {}
for _, instance in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])) do over[instance] = true end
if not next(over) then return new end
for _, member in ipairs(redis.call('HKEYS', KEYS[2])) do
  if over[string.match(member, '^%S+')] then drop(member) end
end
for instance in pairs(over) do redis.call('ZREM', KEYS[1], instance) end
return new`;

/** ARGV: instance, name, JSON with the sets, who beat before is gone, limits in the order of the sets. */
const OPEN = `
local member = ARGV[1] .. ' ' .. ARGV[2]
local sets = cjson.decode(ARGV[3]).sets
for i, set in ipairs(sets) do
  local names, open = {}, 0
  for _, other in ipairs(redis.call('SMEMBERS', KEYS[3] .. set)) do
    local instance, name = string.match(other, '^(%S+) (%S+)$')
    local beat = redis.call('ZSCORE', KEYS[1], instance)
    if name ~= ARGV[2] and not names[name] and beat and tonumber(beat) >= tonumber(ARGV[4]) then
      names[name] = true
      open = open + 1
    end
  end
  if open >= tonumber(ARGV[4 + i]) then return i end
end
redis.call('HSET', KEYS[2], member, ARGV[3])
for _, set in ipairs(sets) do redis.call('SADD', KEYS[3] .. set, member) end
return 0`;

const CLOSE = `${DROP}
for i = 2, #ARGV do drop(ARGV[1] .. ' ' .. ARGV[i]) end`;

const NAMES = [keys.instances, keys.sessions, keys.sessionsBy];
const LIMITS: readonly SessionLimit[] = ["token", "principal", "target"];
/** How many sessions one script takes out: Redis does nothing else meanwhile. */
const GROUP = 500;

export function directoryIn(redis: RedisConnection): DirectoryStore {
  return {
    async beat(instance, now) {
      return (await redis.run(BEAT, NAMES, instance, now, now - INSTANCE_LIFE)) === 1;
    },
    async openSession(row, limits) {
      const json = JSON.stringify({ row, sets: setsOf(row) });
      const numbers = LIMITS.map((limit) => limits[limit]);
      const values = [row.instance, row.name, json, row.startedAt - INSTANCE_LIFE, ...numbers];
      return LIMITS[Number(await redis.run(OPEN, NAMES, ...values)) - 1];
    },
    async closeSessions(instance, names) {
      for (let from = 0; from < names.length; from += GROUP) {
        await redis.run(CLOSE, NAMES, instance, ...names.slice(from, from + GROUP));
      }
    },
    async sessions(now) {
      const living = await redis.send("ZRANGEBYSCORE", keys.instances, now - INSTANCE_LIFE, "+inf");
      const alive = new Set(living as string[]);
      const values = (await redis.send("HVALS", keys.sessions)) as string[];
      const rows = values.map((value) => (JSON.parse(value) as { row: SessionRow }).row);
      const live = rows.filter(({ instance }) => alive.has(instance));
      return live.sort((one, other) => one.startedAt - other.startedAt || (one.name < other.name ? -1 : 1));
    },
  };
}

/** In the order of the limits. */
function setsOf({ tokenHash, principal, tenant, address }: SessionRow): readonly string[] {
  return [`token:${tokenHash}`, `principal:${JSON.stringify([tenant ?? null, principal])}`, `target:${address}`];
}
