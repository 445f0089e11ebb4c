import { chown, mkdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { STORE_FOLDER } from "../store/open.ts";
import type { Log } from "../telemetry/log.ts";
import type { User } from "./user.ts";

/** Makes the folder in which workers without root's rights keep the store. What cannot be done they will say. */
export async function prepareStoreFolder(dataDir: string, { uid, gid }: User, log: Log): Promise<void> {
  const folder = join(dataDir, STORE_FOLDER);
  try {
    // A mode holds for every folder that is made on the way, and the workers must get through this one.
    await mkdir(dataDir, { recursive: true, mode: 0o755 });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await stat(folder)).uid === uid) return;
    // Without CAP_CHOWN it cannot be given away: in a data folder of their own they make another.
    await chown(folder, uid, gid).catch(() => rmdir(folder));
  } catch (error) {
    log.warn({ error, folder }, "the store's folder could not be handed to the workers' user");
  }
}
