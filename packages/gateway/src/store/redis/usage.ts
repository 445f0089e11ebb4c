import type { UsageRow, UsageStore } from "../usage.ts";
import type { RedisConnection } from "./connection.ts";
import { keys } from "./keys.ts";

/** ARGV: writer, number, then prefix, hour, field, received, sent, seconds of each. */
const ADD = `
if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') >= tonumber(ARGV[2]) then return end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
for i = 3, #ARGV, 5 do
  local hour = KEYS[3] .. ARGV[i]
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i])
  redis.call('HINCRBY', hour, 'received ' .. ARGV[i + 1], ARGV[i + 2])
  redis.call('HINCRBY', hour, 'sent ' .. ARGV[i + 1], ARGV[i + 3])
  redis.call('HINCRBYFLOAT', hour, 'seconds ' .. ARGV[i + 1], ARGV[i + 4])
end`;

const NAMES = [keys.usageHours, keys.usageBatches, keys.usage("")];

export function usageIn(redis: RedisConnection): UsageStore {
  return {
    async addUsage({ writer, number, rows }) {
      const values = rows.flatMap(({ hour, principal, tenant, target, received, sent, seconds }) => {
        return [hour, JSON.stringify([principal, tenant, target]), received, sent, seconds];
      });
      await redis.run(ADD, NAMES, writer, number, ...values);
    },
    async usage(from, to) {
      const hours = (await redis.send("ZRANGEBYSCORE", keys.usageHours, from, `(${to}`)) as string[];
      const pages = hours.map(async (hour) => rowsOf(Number(hour), await redis.send("HGETALL", keys.usage(hour))));
      const rows = (await Promise.all(pages)).flat();
      return rows.sort((one, other) => one.hour - other.hour || order(one, other));
    },
  };
}

function order(one: UsageRow, other: UsageRow): number {
  const [left, right] = [one, other].map(({ principal, target }) => `${principal} ${target}`) as [string, string];
  return left < right ? -1 : 1;
}

function rowsOf(hour: number, answer: unknown): UsageRow[] {
  const rows = new Map<string, Record<"received" | "sent" | "seconds", number>>();
  const list = answer as readonly string[];
  for (let index = 0; index < list.length; index += 2) {
    const [, column = "", of = ""] = /^(\w+) (.*)$/s.exec(list[index] ?? "") ?? [];
    const row = rows.get(of) ?? { received: 0, sent: 0, seconds: 0 };
    row[column as keyof typeof row] = Number(list[index + 1]);
    rows.set(of, row);
  }
  return [...rows].map(([of, counts]) => {
    const [principal, tenant, target] = JSON.parse(of) as [string, string, string];
    return { hour, principal, tenant, target, ...counts };
  });
}
