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

/** What is there already, or will be. */
export type Awaitable<T> = T | Promise<T>;

/**
 * Goes on with a value: at once where it is there, without a promise and a turn of the microtask queue, which is most of
 * what a request on a known session would cost.
 */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The same for what was allowed; a denial is the outcome. */
export function ifAllowed<T, U>(result: Awaitable<Result<T>>, next: (value: T) => Awaitable<Result<U>>) {
  return andThen(result, (one): Awaitable<Result<U>> => (one.ok ? next(one.value) : one));
}
