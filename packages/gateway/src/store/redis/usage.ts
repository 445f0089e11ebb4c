import type { UsagePlace, UsageRow, UsageStore } from "../usage.ts";
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
const ORDER = ["hour", "principal", "tenant", "target"] as const;

export function usageIn(redis: RedisConnection): UsageStore {
  return {
    async addUsage({ writer, number, rows }) {
      const values = rows.flatMap(({ hour, principal, tenant, target, received, sent, seconds }) => {
        return [hour, JSON.stringify([principal, tenant, target]), received, sent, seconds];
      });
      await redis.run(ADD, NAMES, writer, number, ...values);
    },
    async usage({ from, to, limit, after }) {
      const first = Math.max(from, after?.hour ?? from);
      const hours = (await redis.send("ZRANGEBYSCORE", keys.usageHours, first, `(${to}`)) as string[];
      const page: UsageRow[] = [];
      // One after the other: those of years at once would be more than Redis answers in time, and than memory holds.
      for (const hour of hours) {
        const rows = rowsOf(Number(hour), await redis.send("HGETALL", keys.usage(hour)));
        const wanted = after === undefined ? rows : rows.filter((row) => compare(row, after) > 0);
        page.push(...wanted.sort(compare).slice(0, limit - page.length));
        if (page.length === limit) break;
      }
      return page;
    },
  };
}

/** In a page's order. */
function compare(one: UsagePlace, other: UsagePlace): number {
  const column = ORDER.find((name) => one[name] !== other[name]);
  if (column === undefined) return 0;
  return one[column] < other[column] ? -1 : 1;
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
