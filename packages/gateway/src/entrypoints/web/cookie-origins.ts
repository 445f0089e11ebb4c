import { createHash } from "node:crypto";
import { readCookies, writeCookies } from "@sallyport/shared";
import type { Session } from "../../admission/session.ts";
import type { HeaderPairs } from "../../platforms/headers.ts";

/** Cookies that are remembered at once; the oldest give way. */
const MAX_COOKIES = 50_000;
/** Of one controller: one that sets more, so that what others set is forgotten, has its own forgotten. */
const MAX_OF_ONE = 500;
/** Shorter values are flags that many controllers set alike, and no secrets. */
const MIN_VALUE = 8;
/** A pair that so many controllers set is no secret either. */
const MAX_SETTERS = 8;

/** A Cookie header's value, as it came and as it goes on. */
interface Filtered {
  readonly text: string;
  readonly own: string;
  readonly noted: number;
}

/**
 * Which controller set which cookie, so that what one left in a browser under a shared host is not shown to the next.
 * The edge expires what it sees at an entry; cookies of deeper paths, which it cannot see there, are dropped here if the
 * controller set them by a header: one that its page's script set is known by nobody. Only
 * hashes are kept, and only by the process that passed the cookie on.
 */
export class CookieOrigins {
  readonly #setBy = new Map<string, Set<string>>();
  /** The same by controller, the oldest first. */
  readonly #of = new Map<string, Set<string>>();
  readonly #last = new WeakMap<Session, Filtered>();
  /** Counts what was noted: an older result no longer holds then. */
  #noted = 0;

  /** Notes what a controller's answer sets. */
  noteAnswer(address: string, headers: HeaderPairs): void {
    for (let index = 0; index < headers.length; index += 2) {
      if (!isSetCookie(headers[index] as string)) continue;
      const [pair] = readCookies(headers[index + 1]);
      if (pair && pair.value.length >= MIN_VALUE) this.#note(hashOf(pair.name, pair.value), address);
    }
  }

  /** The cookies of a request to this controller without those that another one set. */
  ownCookies(session: Session, address: string, cookies: string): string {
    if (this.#setBy.size === 0 || cookies === "") return cookies;
    const last = this.#last.get(session);
    if (last?.text === cookies && last.noted === this.#noted) return last.own;
    const own = this.#filter(address, cookies);
    this.#last.set(session, { text: cookies, own, noted: this.#noted });
    return own;
  }

  #filter(address: string, cookies: string): string {
    const pairs = readCookies(cookies);
    const own = pairs.filter(({ name, value }) => {
      const setBy = value.length < MIN_VALUE ? undefined : this.#setBy.get(hashOf(name, value));
      return setBy === undefined || setBy.size >= MAX_SETTERS || setBy.has(address);
    });
    return own.length === pairs.length ? cookies : writeCookies(own);
  }

  #note(hash: string, address: string): void {
    const setters = this.#setBy.get(hash) ?? new Set();
    if (setters.has(address) || setters.size >= MAX_SETTERS) return;
    this.#makeRoom(address);
    this.#setBy.set(hash, setters.add(address));
    this.#of.set(address, (this.#of.get(address) ?? new Set()).add(hash));
    this.#noted += 1;
  }

  #makeRoom(address: string): void {
    const own = this.#of.get(address);
    if (own && own.size >= MAX_OF_ONE) this.#forget(own.values().next().value, address);
    const [oldest] = this.#setBy.size >= MAX_COOKIES ? this.#setBy : [];
    if (oldest) for (const setter of oldest[1]) this.#forget(oldest[0], setter);
  }

  #forget(hash: string | undefined, address: string): void {
    if (hash === undefined) return;
    const own = this.#of.get(address);
    own?.delete(hash);
    if (own?.size === 0) this.#of.delete(address);
    const setters = this.#setBy.get(hash);
    setters?.delete(address);
    if (setters?.size === 0) this.#setBy.delete(hash);
  }
}

const SET_COOKIE = "set-cookie";

function isSetCookie(name: string): boolean {
  return name.length === SET_COOKIE.length && name.toLowerCase() === SET_COOKIE;
}

function hashOf(name: string, value: string): string {
  return createHash("sha256").update(`${name}=${value}`).digest("base64url").slice(0, 22);
}
