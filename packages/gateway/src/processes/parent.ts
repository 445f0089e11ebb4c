import cluster from "node:cluster";
import { startAdmin } from "../admin/server.ts";
import { Herd } from "./herd.ts";
import type { Running, RunOptions } from "./running.ts";
import { findUser } from "./user.ts";

/** Runs workers that share one listening socket, and answers for all of them. As root it runs them as somebody else. */
export async function runParent(options: RunOptions, { root }: { readonly root: boolean }): Promise<Running> {
  const { configuration, certificate, log, version } = options;
  const user = root ? findUser(configuration.user) : undefined;
  // Workers accept from one shared socket themselves: nothing is handed from process to process for each connection.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ serialization: "advanced", ...(user ? { uid: user.uid, gid: user.gid } : {}) });
  const herd = new Herd({ count: configuration.processes, configuration, certificate: () => certificate.current, log });
  const port = await herd.start();
  const admin = await startAdmin({
    listen: configuration.admin.listen,
    source: herd,
    version,
    onError: (error) => log.error({ error }, "the admin listener could not answer"),
  }).catch(async (error: unknown) => {
    await herd.drain();
    throw error;
  });
  const watch = certificate.watch((pair) => herd.setCertificate(pair));
  if (user) log.info({ runsAs: user.name, uid: user.uid }, "workers run without root's rights");
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const end = async () => {
    watch.stop();
    const clean = await herd.drain();
    await admin.close();
    return clean;
  };
  let draining = false;
  return {
    port,
    adminPort: admin.port,
    ended: promise,
    drain() {
      if (!draining) resolve(end());
      draining = true;
    },
  };
}
