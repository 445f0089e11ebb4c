import type { Cookie } from "./cookies.ts";

/** Shorter values are flags that many controllers set alike, and no secrets. */
const MIN_VALUE = 8;
/** Of marks in a list: as many as browsers keep cookies for a host. */
const MAX_MARKS = 180;
const SEPARATOR = ".";

/**
 * Marks of cookies that were in a browser before a session began: another controller's, or the provider's own of a
 * parent domain, which nobody but it can expire. Short hashes: enough to know a pair again, too little to be one.
 */
export function markCookies(cookies: readonly Cookie[]): string {
  const marks = cookies.filter(isSecretLong).map(markOf);
  return [...new Set(marks)].slice(0, MAX_MARKS).join(SEPARATOR);
}

/** The cookies whose pair of name and value is not marked: one that was given a new value since is the session's own. */
export function withoutMarked(cookies: readonly Cookie[], marks: string | undefined): readonly Cookie[] {
  if (!marks) return cookies;
  const marked = new Set(marks.split(SEPARATOR));
  return cookies.filter((cookie) => !isSecretLong(cookie) || !marked.has(markOf(cookie)));
}

function isSecretLong({ value }: Cookie): boolean {
  return value.length >= MIN_VALUE;
}

/** FNV-1a, 32 bits: nobody gains by a pair that collides, other than to have a cookie of his own dropped. */
function markOf({ name, value }: Cookie): string {
  let hash = 0x811c9dc5;
  const text = `${name}=${value}`;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
