import type { AuditEntry, AuditStore } from "../audit.ts";
import type { RedisConnection } from "./connection.ts";
import { keys } from "./keys.ts";

/** A writer's chain is a stream whose ids are its numbers. ARGV: writer, then number, time, body, mac of each. */
const APPEND = `
local last = tonumber((cjson.decode(redis.call('HGET', KEYS[2], ARGV[1]) or '{"seq":0}')).seq)
for i = 2, #ARGV, 4 do
  if tonumber(ARGV[i]) > last then
    redis.call('XADD', KEYS[1], ARGV[i] .. '-0', 'at', ARGV[i + 1], 'body', ARGV[i + 2], 'mac', ARGV[i + 3])
    redis.call('HSET', KEYS[2], ARGV[1], cjson.encode({ writer = ARGV[1], seq = tonumber(ARGV[i]), mac = ARGV[i + 3] }))
  end
end`;

/**
 * ARGV: writer, number behind the anchor's, JSON of the anchor. Another process may have let go of more already: an anchor
 * of what comes before that would be of records that are not there.
 */
const PRUNE = `
local last = tonumber((cjson.decode(redis.call('HGET', KEYS[2], ARGV[1]) or '{"seq":0}')).seq)
if tonumber(ARGV[2]) > last + 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) end
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2] .. '-0')`;

type StreamRow = readonly [id: string, fields: readonly string[]];

export function auditIn(redis: RedisConnection): AuditStore {
  const valuesOf = async (key: string) => {
    const found = (await redis.send("HVALS", key)) as string[];
    return found.map((value) => JSON.parse(value)).sort((one, other) => (one.writer < other.writer ? -1 : 1));
  };
  return {
    async appendAudit(entries) {
      for (const [writer, own] of Map.groupBy(entries, (entry) => entry.writer)) {
        const values = own.flatMap(({ seq, at, body, mac }) => [seq, at, body, mac]);
        await redis.run(APPEND, [keys.audit(writer), keys.auditHeads], writer, ...values);
      }
    },
    async auditOf(writer, seq, limit) {
      const rows = await redis.send("XRANGE", keys.audit(writer), `(${seq}-0`, "+", "COUNT", limit);
      return (rows as StreamRow[]).map((row) => entryOf(writer, row));
    },
    async auditRecent(limit) {
      const heads = await this.auditHeads();
      const newest = heads.map(async ({ writer }) => {
        const rows = await redis.send("XREVRANGE", keys.audit(writer), "+", "-", "COUNT", limit);
        return (rows as StreamRow[]).map((row) => entryOf(writer, row));
      });
      const all = (await Promise.all(newest)).flat();
      return all.sort((one, other) => one.at - other.at || one.seq - other.seq).slice(-limit);
    },
    auditHeads: () => valuesOf(keys.auditHeads),
    auditAnchors: () => valuesOf(keys.auditAnchors),
    async pruneAudit(anchor) {
      const { writer, seq } = anchor;
      const names = [keys.audit(writer), keys.auditAnchors];
      await redis.run(PRUNE, names, writer, seq + 1, JSON.stringify(anchor));
    },
  };
}

function entryOf(writer: string, [id, [, at, , body = "", , mac = ""]]: StreamRow): AuditEntry {
  return { writer, seq: Number.parseInt(id, 10), at: Number(at), body, mac };
}
