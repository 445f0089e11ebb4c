import type { Log } from "../telemetry/log.ts";
import { Denials } from "./denials.ts";
import type { Trail } from "./trail.ts";

/** Who calls the admin API, as far as that is known. */
export interface AdminCaller {
  /** The beginning of the SHA-256 of the ADMIN_TOKEN that was shown, so that several holders can be told apart. */
  readonly token?: string | undefined;
  readonly clientAddress: string | undefined;
}

/** What somebody is about to do through the admin API. No secret: a token is named by its hash. */
export type AdminAction =
  | { readonly action: "end-session"; readonly session: string }
  | {
      readonly action: "revoke";
      readonly kind: string;
      readonly value: string | undefined;
      readonly before: number | undefined;
      readonly until: number | undefined;
      readonly note: string | undefined;
    };

/** A call that was not let in. */
export interface AdminDenial {
  readonly reason: "admin-off" | "token-missing" | "token-wrong";
  readonly method: string;
  /** The route, not the path as it was sent: callers choose that. */
  readonly route: string;
}

/** What the admin API does, in the audit trail: who (an admin), what, from where, when. */
export interface AdminLedger {
  /** Durable once it settles; what cannot be recorded is not done. Rejects where the store is away. */
  acts(caller: AdminCaller, action: AdminAction): Promise<void>;
  /** The first of equal ones at once, the others as a number at the end of 10 s. */
  denied(caller: AdminCaller, denial: AdminDenial): void;
  /** Writes what is still counted. */
  close(): Promise<void>;
}

export function createAdminLedger(log: Log, trail: Trail): AdminLedger {
  const denials = new Denials((fields, count) => trail.note("admin-deny", { ...fields, count }));
  return {
    async acts(caller, action) {
      const record = { principal: "admin", ...caller, ...action };
      await trail.write("admin", record);
      log.info({ audit: "admin", ...record }, "an admin acts");
    },
    denied(caller, denial) {
      const record = { ...caller, ...denial };
      denials.add(record);
      log.warn({ audit: "admin-deny", ...record }, "a call of the admin API was denied");
    },
    async close() {
      denials.flush();
      await trail.close();
    },
  };
}
