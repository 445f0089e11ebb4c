import { type EndReason, readCookies } from "@sallyport/shared";
import type { Admission } from "../../admission/admit.ts";
import type { Session } from "../../admission/session.ts";
import type { HeaderPairs } from "../../platforms/headers.ts";
import type { HeldLogin, Login, LogOut } from "../../platforms/login.ts";
import type { Passage, Platform } from "../../platforms/platform.ts";
import { upstreamFault } from "../../pools/fault.ts";
import type { HttpClient } from "../../pools/http/client.ts";
import { collect } from "../../pools/http/collect.ts";
import type { Log } from "../../telemetry/log.ts";

/** How long a controller may take over a log-out, in milliseconds. */
const PATIENCE = 5_000;

/** A longer value is no log-in's, in characters. */
const MAX_VALUE = 4096;
/** So many values that were given back are known, the last ones. */
const MAX_GONE = 16;

/** What a controller may say to it, in bytes. */
const MAX_ANSWER = 256 * 1024;

/** What passed of a log-in. Lives in memory only, as long as its session, and is never written anywhere. */
class Held implements HeldLogin {
  readonly #login: Login;
  readonly #cookies = new Map<string, string>();
  readonly #headers = new Map<string, string>();
  /** Values of cookies that were given back: a browser may go on sending them. */
  readonly #gone = new Set<string>();
  #lastCookies = "";

  constructor(login: Login) {
    this.#login = login;
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  get logOut(): LogOut | undefined {
    return this.#login.logOut(this);
  }

  noteRequest({ cookies, headers }: Passage): void {
    this.#noteHeaders(headers);
    if (cookies === this.#lastCookies) return;
    this.#lastCookies = cookies;
    for (const { name, value } of readCookies(cookies)) this.#noteCookie(name, value);
  }

  noteAnswer(headers: HeaderPairs): void {
    this.#noteHeaders(headers);
    for (let index = 0; index < headers.length; index += 2) {
      if ((headers[index] as string).toLowerCase() !== "set-cookie") continue;
      const [pair] = readCookies(headers[index + 1]);
      if (pair) this.#noteCookie(pair.name, pair.value);
    }
  }

  forget(): void {
    for (const value of this.#cookies.values()) this.#gone.add(value);
    for (const value of this.#gone) if (this.#gone.size > MAX_GONE) this.#gone.delete(value);
    this.#cookies.clear();
    this.#headers.clear();
    this.#lastCookies = "";
  }

  #noteCookie(name: string, value: string): void {
    if (!this.#login.cookies.includes(name) || value.length > MAX_VALUE) return;
    if (value === "") this.#cookies.delete(name);
    else if (!this.#gone.has(value)) this.#cookies.set(name, value);
  }

  #noteHeaders(headers: HeaderPairs): void {
    for (let index = 0; index < headers.length; index += 2) {
      const name = (headers[index] as string).toLowerCase();
      if (this.#login.headers.includes(name)) this.#headers.set(name, headers[index + 1] as string);
    }
  }
}

export interface LeavingOptions {
  /** What speaks HTTP with the admitted target. */
  readonly clientFor: (admission: Admission, platform: Platform) => HttpClient;
  readonly log: Log;
}

/** Endings after which nobody comes back to the controller's log-in. A gateway that drains hands its sessions over. */
const LEFT: ReadonlySet<EndReason> = new Set(["expired", "time-limit", "revoked", "ended", "replaced", "idle"]);

/**
 * Gives controllers' log-ins back when the sessions end in which they were made: most controllers have few, and keep
 * one that is not given back for half an hour or for ever.
 */
export class Leaving {
  readonly #options: LeavingOptions;
  readonly #held = new WeakMap<Session, Held>();

  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  /** What is to be held of an exchange's request. */
  noteRequest(admission: Admission, { platform, passage }: Passing): void {
    if (!platform.login) return;
    const held = this.#held.get(admission.session) ?? new Held(platform.login);
    held.noteRequest(passage);
    if (this.#held.has(admission.session)) return;
    this.#held.set(admission.session, held);
    // Nothing else of the request is kept: it may be the one with the password.
    admission.session.onceEnded((reason) => {
      if (LEFT.has(reason)) void leave(this.#options, { admission, platform, held });
    });
  }

  /** What is to be held of its answer; a log-out of the customer's own leaves nothing to give back. */
  noteAnswer(session: Session, passage: Passage, answer: { status: number; headers: HeaderPairs }): void {
    const held = this.#held.get(session);
    if (!held) return;
    const { logOut } = held;
    // First: what the answer brings is of another log-in, as where log-in and log-out are one path (iLO).
    if (logOut && logOut.path === passage.path.split("?", 1)[0] && isLogOut(logOut, passage, answer.status))
      held.forget();
    held.noteAnswer(answer.headers);
  }
}

interface Passing {
  readonly platform: Platform;
  readonly passage: Passage;
}

function isLogOut({ method }: LogOut, passage: Passage, status: number): boolean {
  return method === passage.method && status < 400;
}

interface Leave {
  readonly admission: Admission;
  readonly platform: Platform;
  readonly held: Held;
}

async function leave(options: LeavingOptions, { admission, platform, held }: Leave): Promise<void> {
  const { logOut } = held;
  if (!logOut) return;
  held.forget();
  const { session, pages } = admission;
  const fields = { session: session.name, address: pages.address, platform: platform.name };
  try {
    const status = await send(options, { ...admission, target: pages }, { platform, logOut });
    options.log.info({ ...fields, status }, "the controller's log-in was given back");
  } catch (error) {
    options.log.warn({ ...fields, code: upstreamFault(error).code }, "the controller's log-in could not be given back");
  }
}

interface Sent {
  readonly platform: Platform;
  readonly logOut: LogOut;
}

async function send(options: LeavingOptions, admission: Admission, { platform, logOut }: Sent): Promise<number> {
  const { method, path, cookies, headers, body } = logOut;
  const { target, pages, publicOrigin } = admission;
  const headersSent = platform.requestHeaders({
    ...{ target, pages, publicOrigin, method, path, cookies, headers },
    ...{ upgrade: false, hasOrigin: method !== "GET", referer: `${publicOrigin}/`, sessionKey: undefined },
  });
  const { status } = await collect(
    options.clientFor(admission, platform),
    { method, path, headers: headersSent, body: body === undefined ? undefined : Buffer.from(body) },
    { most: MAX_ANSWER, signal: AbortSignal.timeout(PATIENCE) },
  );
  return status;
}
