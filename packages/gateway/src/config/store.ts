import type { StoreConfiguration } from "./configuration.ts";
import { readNamedFile } from "./named-file.ts";
import type { Report } from "./report.ts";
import type { Parsed } from "./schemas/root.ts";

/** Where the store is. Messages never hold the URL: a password is in it. */
export async function resolveStore(store: Parsed["store"], report: Report): Promise<StoreConfiguration> {
  const { redis, redisFile, onFailure } = store;
  if (redis !== undefined && redisFile !== undefined) {
    report.fault(["store", "redisFile"], "and the URL itself are both set: leave one out");
  }
  const name = ["store", redis === undefined ? "redisFile" : "redis"];
  const read = redis ?? (redisFile === undefined ? undefined : await readNamedFile(name, redisFile, report));
  const redisUrl = read?.trim();
  if (redisUrl !== undefined && !redisUrl.split(",").every(isRedisUrl)) {
    report.fault(name, "must be a URL such as redis://:password@10.0.0.5:6379/0 (rediss:// with TLS)");
  }
  return { redisUrl, onFailure };
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol) && new URL(text).hostname !== "";
}
