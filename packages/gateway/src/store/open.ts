import { join } from "node:path";
import { openRedisStore } from "./redis/redis.ts";
import { openFileStore } from "./sqlite/file.ts";
import { openMemoryStore } from "./sqlite/memory.ts";
import type { Store } from "./store.ts";

export interface StoreOptions {
  /** Where the file of the embedded store lies; empty: the store is in memory, and ends with the process. */
  readonly dataDir: string;
  /** Redis or Valkey instead of the file. */
  readonly redisUrl?: string | undefined;
  /** The file must be there, is left as it is, and need not be writable. */
  readonly readOnly?: boolean;
  /** Told when Redis is lost, and (undefined) when it is back. */
  readonly onStatus?: (error: Error | undefined) => void;
}

/** The folder within `DATA_DIR` that worker processes write in, and the file in it. */
export const STORE_FOLDER = "store";
const STORE_FILE = "sallyport.db";

/** Where the embedded store lies. */
export function storeFile(dataDir: string): string {
  return join(dataDir, STORE_FOLDER, STORE_FILE);
}

/**
 * Opens the store as configured.
 *
 * @throws StoreError where the file cannot be used. Redis may be away: then operations fail until it is there.
 */
export function openStore({ dataDir, redisUrl, readOnly, onStatus }: StoreOptions): Promise<Store> {
  if (redisUrl !== undefined) return openRedisStore({ url: redisUrl, onStatus });
  if (dataDir === "") return Promise.resolve(openMemoryStore());
  return openFileStore(storeFile(dataDir), readOnly);
}
