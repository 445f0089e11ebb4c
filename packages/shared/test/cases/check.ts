import type { Reason, Result } from "@sallyport/shared";

/** What a case throws where something does not hold. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckError(what);
}

/** Equal in structure: primitives by `Object.is`, lists and plain objects member by member. */
export function equal(actual: unknown, expected: unknown, what = "value"): void {
  holds(same(actual, expected), `${what}: expected ${text(expected)}, got ${text(actual)}`);
}

/** The value of a result that must be one. */
export function allowed<T>(result: Result<T>): T {
  if (!result.ok) throw new CheckError(`expected a value, got the refusal ${result.reason} (${result.detail ?? ""})`);
  return result.value;
}

export function refused(result: Result<unknown>, reason: Reason): void {
  equal(result.ok ? "allowed" : result.reason, reason, "refusal");
}

/** `run` fails with an error of this name; returns its message. */
export async function fails(run: () => unknown, name: string): Promise<string> {
  let error: unknown;
  try {
    await run();
  } catch (thrown) {
    error = thrown;
  }
  holds(error instanceof Error, `expected a ${name}, nothing was thrown`);
  equal(error.name, name, "name of the error");
  return error.message;
}

function same(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && same(member(left, name), member(right, name)));
}

function member(object: object, name: string): unknown {
  return (object as Record<string, unknown>)[name];
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
