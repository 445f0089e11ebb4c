import { randomUUID } from "node:crypto";
import type { Configuration } from "./config/configuration.ts";
import { type AdminLedger, createAdminLedger } from "./ledger/admin-ledger.ts";
import { Trail } from "./ledger/trail.ts";
import type { StoreOperations } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";

/** A chain of its own for what admins do: the listener may stand in another process than those that serve. */
export function buildAdminLedger(store: StoreOperations, { audit }: Configuration, log: Log): AdminLedger {
  const [key] = audit.keys;
  const trail = new Trail({
    ...{ store, writer: randomUUID(), key, now: () => Date.now() / 1000 },
    onStatus: (error) =>
      error === undefined
        ? log.info({}, "what admins do is recorded again")
        : log.error({ error }, "what admins do could not be recorded"),
  });
  return createAdminLedger(log, trail);
}
