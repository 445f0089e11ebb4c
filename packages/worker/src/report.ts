/**
 * Error reports in the form of Sentry's envelopes (develop.sentry.dev/sdk/envelopes), sent only where a DSN is set.
 * They say where in our code what kind of error arose: no header, cookie, URL, query, body, address or message.
 */
export interface Reporter {
  report(error: unknown, route: string): Promise<void>;
}

const FRAME = /at (?:async )?(?:(.+?) \()?(?:file:\/\/)?([^():]+):(\d+):(\d+)\)?$/;
const MAX_FRAMES = 30;

export function createReporter(dsn: string | undefined, fetch: typeof globalThis.fetch): Reporter {
  if (dsn === undefined) return { report: () => Promise.resolve() };
  const { protocol, host, username, pathname } = new URL(dsn);
  const project = pathname.slice(pathname.lastIndexOf("/") + 1);
  const prefix = pathname.slice(0, pathname.lastIndexOf("/"));
  const url = `${protocol}//${host}${prefix}/api/${project}/envelope/?sentry_version=7&sentry_key=${username}`;
  return {
    async report(error, route) {
      const id = crypto.randomUUID().replaceAll("-", "");
      try {
        await fetch(url, { method: "POST", body: envelope(id, error, route) });
      } catch {
        console.error("the error report could not be sent");
      }
    },
  };
}

function envelope(id: string, error: unknown, route: string): string {
  const now = Date.now();
  const event = {
    event_id: id,
    timestamp: now / 1000,
    platform: "javascript",
    level: "error",
    tags: { route },
    exception: { values: [{ type: typeOf(error), stacktrace: { frames: framesOf(error) } }] },
  };
  const head = { event_id: id, sent_at: new Date(now).toISOString() };
  return [head, { type: "event" }, event].map((part) => JSON.stringify(part)).join("\n");
}

function typeOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The stack without its first lines, which are the message. The oldest frame first, as Sentry wants it. */
function framesOf(error: unknown): readonly object[] {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  const frames = lines.flatMap((line) => {
    const match = FRAME.exec(line.trim());
    if (!match) return [];
    const [, name, file = "", row, column] = match;
    return [{ function: name ?? "?", filename: file.split("/").at(-1), lineno: Number(row), colno: Number(column) }];
  });
  return frames.slice(0, MAX_FRAMES).reverse();
}
