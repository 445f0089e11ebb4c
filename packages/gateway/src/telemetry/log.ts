// What the gateway says about itself: the log (with secrets taken out before a line is written) and the metrics.
// Everything else sees the two small interfaces `Log` and `Metrics` only.
import { type DestinationStream, type Logger, destination as openDestination, pino } from "pino";
import type { LogConfiguration } from "../config/configuration.ts";
import { GatheredLines } from "./gathered-lines.ts";
import { type LogDestination, prettyStream } from "./pretty.ts";
import { type LogFields, redactFields, redactText } from "./redact.ts";

export type { LogFields } from "./redact.ts";

/**
 * A thread writes to standard output, since a slow reader of the log must not stop the gateway. To wake it for each line
 * is most of what a line costs: lines wait for others, so many characters or milliseconds. What still waits when the
 * process ends is written then, unless it is killed. A write is no longer than what a pipe takes at once (PIPE_BUF): the
 * lines of several processes on one pipe stay whole.
 */
const GATHERED = { minLength: 2048, maxWrite: 4096 } as const;
const LONGEST_WAIT = 100;

/** One line an event: fields for machines, a short message for people. Secrets are taken out of both. */
export interface Log {
  /** Whether `debug` lines are written: what making their fields costs is saved where not. */
  readonly debugs: boolean;
  /** The same of `info` lines. */
  readonly informs: boolean;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log that adds `fields` (such as a request's id) to each of its lines. */
  child(fields: LogFields): Log;
}

/**
 * A log as configured, to standard output unless a destination is given. JSON members beside the fields: `level` (a
 * word), `time` (RFC 3339, UTC), `pid`, `message`. An `Error` among the fields becomes type, message, code and stack.
 */
export function createLog(configuration: LogConfiguration, destination?: LogDestination): Log {
  const output = destination ?? new GatheredLines(openDestination({ fd: 1, sync: false, ...GATHERED }), LONGEST_WAIT);
  const stream: DestinationStream = configuration.format === "pretty" ? prettyStream(output) : output;
  const logger = pino(
    {
      level: configuration.level,
      base: { pid: process.pid },
      messageKey: "message",
      timestamp: timestamps(),
      formatters: { level: (label) => ({ level: label }), log: redactFields },
    },
    stream,
  );
  return wrap(logger);
}

/** pino's member `time`. Most of what the text of a time costs is the part up to its second: that is made once a second. */
function timestamps(): () => string {
  let second = Number.NaN;
  let member = "";
  return () => {
    const now = Date.now();
    const current = Math.floor(now / 1000);
    if (current !== second) member = `,"time":"${new Date(current * 1000).toISOString().slice(0, -"000Z".length)}`;
    second = current;
    return `${member}${String(now - current * 1000).padStart(3, "0")}Z"`;
  };
}

/** For callers without a log, such as tests of something else. */
export const noLog: Log = {
  debugs: false,
  informs: false,
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => noLog,
};

function wrap(logger: Logger): Log {
  const debugs = logger.isLevelEnabled("debug");
  const informs = logger.isLevelEnabled("info");
  return {
    debugs,
    informs,
    debug: (fields, message) => (debugs ? logger.debug(fields, redactText(message)) : undefined),
    info: (fields, message) => (informs ? logger.info(fields, redactText(message)) : undefined),
    warn: (fields, message) => logger.warn(fields, redactText(message)),
    error: (fields, message) => logger.error(fields, redactText(message)),
    // pino runs no formatter over a child's own fields.
    child: (fields) => wrap(logger.child(redactFields(fields))),
  };
}
