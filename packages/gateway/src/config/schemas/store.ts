import { integer, oneOf, secretLines, text } from "../fields.ts";
import { section, setting } from "../settings.ts";

const MAX_DAYS = 36_500;

/** Where what outlives a process is kept, and what it means that it cannot be reached. */
export const storeSchema = section({
  redis: setting(text().optional(), {
    env: "REDIS_URL",
    atStart: ({ store }) => store.redisUrl,
    secret: true,
    shown: "none: a file in `DATA_DIR`",
    help: "Redis or Valkey, such as `redis://:password@10.0.0.5:6379/0`, that several gateways share; `rediss://` with TLS; of a cluster some nodes, with commas between.",
    instead: "redisFile",
  }),
  redisFile: setting(text().optional(), {
    env: "REDIS_URL_FILE",
    atStart: ({ store }) => store.redisUrl,
    path: true,
    shown: "none",
    help: "A file that holds what `REDIS_URL` would.",
    instead: "redis",
  }),
  onFailure: setting(oneOf("allow", "deny").default("allow"), {
    env: "ON_STORE_FAILURE",
    atStart: ({ store }) => store.onFailure,
    shown: "allow",
    help: "While the store cannot be asked: `allow` lets in new sessions by what is known in the process, `deny` refuses them. Open ones go on.",
  }),
});

/** The audit trail. */
export const auditSchema = section({
  key: setting(secretLines().optional(), {
    env: "AUDIT_KEY",
    atStart: ({ audit }) => audit.keys,
    secret: true,
    shown: "none: the trail shows accidents, but whoever can write the store can forge it",
    help: "The secret that authenticates the audit trail, 32 bytes or more, the same at all gateways. To replace it, set several, one a line, the newest first.",
    instead: "keyFile",
  }),
  keyFile: setting(text().optional(), {
    env: "AUDIT_KEY_FILE",
    atStart: ({ audit }) => audit.keys,
    path: true,
    shown: "none",
    help: "A file that holds what `AUDIT_KEY` would.",
    instead: "key",
  }),
  days: setting(integer({ min: 1, max: MAX_DAYS }).default(90), {
    env: "AUDIT_DAYS",
    atStart: ({ audit }) => audit.days,
    shown: "90",
    help: "How long records of the audit trail are kept, in days.",
  }),
});
