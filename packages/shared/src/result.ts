import type { Reason } from "./refusals.ts";

/** A value, or the reason why there is none. `detail` is for the log only and never holds a secret. */
export type Result<T> = { readonly ok: true; readonly value: T } | Denied;

export interface Denied {
  readonly ok: false;
  readonly reason: Reason;
  readonly detail?: string;
}

export function allow<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function deny(reason: Reason, detail?: string): Denied {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}
