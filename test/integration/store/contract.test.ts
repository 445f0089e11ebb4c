import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sallyport/gateway";
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedis } from "../../support/redis.ts";
import { storeContract } from "./contract.ts";

let redis: RedisServer;
let dataDir: string;
beforeAll(async () => {
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), "sallyport-store-"));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

storeContract({ name: "memory", open: () => openStore({ dataDir: "" }), shared: false });
storeContract({ name: "SQLite", open: () => openStore({ dataDir }), shared: true });
storeContract({ name: "Redis", open: () => openStore({ dataDir: "", redisUrl: redis.url }), shared: true });
