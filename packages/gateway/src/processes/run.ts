import process from "node:process";
import { type AdminSource, startAdmin } from "../admin/server.ts";
import type { OriginCertificate } from "../certificates/origin.ts";
import { buildAdminLedger } from "../compose-admin.ts";
import { createExpiry } from "../telemetry/expiry.ts";
import { serveAlone } from "./alone.ts";
import { prepareStoreFolder } from "./data-folder.ts";
import { startHerd } from "./herd.ts";
import type { Running, RunOptions, Serving } from "./running.ts";
import { findUser } from "./user.ts";

const DAY = 86_400;
const WOULD_WAIT =
  "the socket was passed: new connections would wait on it until all that is open is over. Restart instead, or listen without it";

/** Runs the gateway in this process, or in workers below it: several, or any number that are not root. */
export async function run(options: RunOptions): Promise<Running> {
  const serving = await startServing(options);
  try {
    return await attend(serving, options);
  } catch (error) {
    await serving.drain();
    throw error;
  }
}

async function startServing(options: RunOptions): Promise<Serving> {
  const { configuration, log, passed } = options;
  if (passed) log.info({ ...passed }, "the web entrypoint listens on a socket that was passed: LISTEN is not used");
  if (process.getuid?.() !== 0) return configuration.processes > 1 ? startHerd(options) : serveAlone(options);
  const user = findUser(configuration.user);
  if (configuration.store.redisUrl === undefined) await prepareStoreFolder(configuration.dataDir, user, log);
  log.info({ runsAs: user.name, uid: user.uid }, "workers run without root's rights");
  return startHerd({ ...options, user });
}

/** What serves does not know how long its certificate holds: this process reads it. */
function withExpiry(serving: Serving, certificate: OriginCertificate): AdminSource {
  const measure = createExpiry(() => certificate.expires / 1000);
  return {
    get ready() {
      return serving.ready;
    },
    store: serving.store,
    snapshots: async () => [...(await serving.snapshots()), await measure()],
  };
}

/** The admin listener and the watches over files live as long as what they are for. */
async function attend(serving: Serving, options: RunOptions): Promise<Running> {
  const { settings, certificate, log, version, configuration, passed } = options;
  const ledger = buildAdminLedger(serving.store, configuration, log);
  const admin = await startAdmin({
    listen: settings.current.admin.listen,
    get tokens() {
      return settings.current.admin.tokens;
    },
    source: withExpiry(serving, certificate),
    ledger,
    revocationLife: configuration.admin.revocationDays * DAY,
    version,
    onError: (error) => log.error({ error }, "the admin listener could not answer"),
  });
  const watches = [
    certificate.watch((pair) => serving.setCertificate(pair)),
    settings.watch((changed) => serving.setSettings(changed)),
  ];
  const { promise: ended, resolve } = Promise.withResolvers<boolean>();
  const end = async () => {
    for (const watch of watches) watch.stop();
    // While there is a store to write to.
    await ledger.close();
    const clean = await serving.drain();
    await admin.close();
    return clean;
  };
  let draining = false;
  const drain = () => {
    if (!draining) resolve(end());
    draining = true;
  };
  return {
    port: serving.port,
    adminPort: admin.port,
    ended,
    replace: () => serving.replace(),
    leave() {
      if (draining) return;
      if (passed) return log.warn({}, WOULD_WAIT);
      const { handOverSeconds } = configuration;
      log.info({ handOverSeconds }, "leaving: nobody new is taken, what is open goes on");
      void serving.leave().then(drain);
    },
    drain,
  };
}
