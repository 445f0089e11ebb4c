/** Where in the Worker it happened, and by what the person who saw it will ask. */
export interface Incident {
  readonly route: string;
  readonly reference: string;
}

/**
 * Error reports in the form of Sentry's envelopes (develop.sentry.dev/sdk/envelopes), sent only where a DSN is set.
 * They say where in our code what kind of error arose: no header, cookie, URL, query, body, address or message.
 */
export interface Reporter {
  report(error: unknown, incident: Incident): Promise<void>;
}

export interface ReporterOptions {
  readonly dsn: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Milliseconds that the service has for its answer. */
const TIMEOUT = 2_000;
/** Reports that an isolate sends in a minute: an outage must not become a flood. */
const PER_MINUTE = 10;

export function createReporter({ dsn, fetch, now }: ReporterOptions): Reporter {
  if (dsn === undefined) return { report: () => Promise.resolve() };
  const url = addressOf(dsn);
  const isDue = limiter(now);
  return {
    async report(error, incident) {
      if (!isDue()) return;
      try {
        const body = envelope(error, incident, now());
        const answer = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
        await answer.body?.cancel();
        if (!answer.ok) console.error(`the error report was refused: ${answer.status}`);
      } catch (failure) {
        console.error(`the error report could not be sent: ${typeOf(failure)}`);
      }
    },
  };
}

/** Whether the text is an address such as `https://key@host/path/42`. */
export function isDsn(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, pathname } = new URL(value);
  return /^https?:$/.test(protocol) && username !== "" && /\/[0-9]+$/.test(pathname);
}

function addressOf(dsn: string): string {
  const { protocol, host, username, pathname } = new URL(dsn);
  const slash = pathname.lastIndexOf("/");
  const path = `${pathname.slice(0, slash)}/api/${pathname.slice(slash + 1)}/envelope/`;
  return `${protocol}//${host}${path}?sentry_version=7&sentry_key=${username}`;
}

function limiter(now: () => number): () => boolean {
  let minute = 0;
  let sent = 0;
  return () => {
    const current = Math.floor(now() / 60);
    if (current !== minute) sent = 0;
    minute = current;
    sent += 1;
    return sent <= PER_MINUTE;
  };
}

function envelope(error: unknown, { route, reference }: Incident, now: number): string {
  const id = crypto.randomUUID().replaceAll("-", "");
  const event = {
    event_id: id,
    timestamp: now,
    platform: "javascript",
    level: "error",
    tags: { route, reference },
    exception: { values: [{ type: typeOf(error), stacktrace: { frames: framesOf(error) } }] },
  };
  const head = { event_id: id, sent_at: new Date(now * 1000).toISOString() };
  return [head, { type: "event" }, event].map((part) => JSON.stringify(part)).join("\n");
}

function typeOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** `    at name (path/file.js:1:2)`, as V8 writes it; of the path the file's name alone. */
const FRAME = /^ {4}at (?:async )?(?:([\w$.<>]{1,100}) \()?(?:[^\s()?#]*\/)?([\w.-]{1,100}):(\d+):(\d+)\)?$/;
const MAX_FRAMES = 30;

/** Where in our code. The oldest frame first, as Sentry wants it. */
function framesOf(error: unknown): readonly object[] {
  if (!(error instanceof Error)) return [];
  const frames = stackBehindMessage(error).flatMap((line) => {
    const match = FRAME.exec(line);
    if (!match) return [];
    const [, name, file = "", row, column] = match;
    return [{ function: name ?? "?", filename: file, lineno: Number(row), colno: Number(column) }];
  });
  return frames.slice(0, MAX_FRAMES).reverse();
}

/** A stack begins with the message, which can hold anything: lines that look like frames, too. */
function stackBehindMessage({ stack = "", message }: Error): readonly string[] {
  const at = message === "" ? 0 : stack.indexOf(message);
  return at < 0 ? [] : stack.slice(at + message.length).split("\n");
}
