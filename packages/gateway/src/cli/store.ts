import { access } from "node:fs/promises";
import { openStore, storeFile } from "../store/open.ts";
import { type Store, StoreError } from "../store/store.ts";
import { type FileOption, readConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

/** Copies the embedded store to a new file; whoever writes to it meanwhile is not held up. */
export async function backupStore(world: World, file: string, options: FileOption): Promise<void> {
  const store = await openConfigured(world, options);
  try {
    if (!store.backup) throw new Failure("the store is in Redis: back it up there (BGSAVE, or its append-only file)");
    if (await exists(file)) throw new Failure(`${file} is there already: name a new file`);
    await store.backup(file);
    world.out(`${file}\n`);
  } catch (error) {
    throw error instanceof StoreError ? new Failure(error.message) : error;
  } finally {
    await store.close();
  }
}

/**
 * The store that the gateway has written, as it is configured, to be read only: it may be somebody else's. Makes none: an
 * empty one would pass for it. @throws Failure
 */
export async function openConfigured(world: World, options: FileOption): Promise<Store> {
  const { dataDir, store } = await readConfiguration(world, options);
  if (store.redisUrl === undefined && !(await exists(storeFile(dataDir)))) {
    throw new Failure(`no gateway wrote ${storeFile(dataDir)} yet: give the gateway's DATA_DIR, or its --config`);
  }
  try {
    return await openStore({ dataDir, redisUrl: store.redisUrl, readOnly: true });
  } catch (error) {
    throw error instanceof StoreError ? new Failure(error.message) : error;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
