// One schema for each concern of the configuration: its keys, their environment names, defaults and help.
import { z } from "zod";
import { duration, integer, integerOr, listenAddress, oneOf, secretLines, text } from "../fields.ts";
import { section, setting } from "../settings.ts";
import { auditSchema, storeSchema } from "./store.ts";
import { tcpListenerSchema } from "./tcp.ts";
import { webSchema } from "./web.ts";

const MAX_PROCESSES = 256;

const adminSchema = section({
  listen: setting(listenAddress().default({ host: "127.0.0.1", port: 8444 }), {
    env: "ADMIN_LISTEN",
    atStart: ({ admin }) => admin.listen,
    shown: "127.0.0.1:8444",
    help: "Address and port of `/healthz`, `/readyz`, `/metrics`, `/version` and the admin API, plain HTTP.",
  }),
  key: setting(secretLines().optional(), {
    env: "ADMIN_TOKEN",
    secret: true,
    shown: "none: the admin API refuses everybody",
    help: "The secret that callers of the admin API and `sallyport sessions`, `revoke` and `audit` show, 32 bytes or more. To replace it, set several, one a line.",
    instead: "keyFile",
  }),
  keyFile: setting(text().optional(), {
    env: "ADMIN_TOKEN_FILE",
    path: true,
    shown: "none",
    help: "A file that holds what `ADMIN_TOKEN` would.",
    instead: "key",
  }),
  revocationDays: setting(integer({ min: 1, max: 36_500 }).default(400), {
    env: "REVOCATION_DAYS",
    atStart: ({ admin }) => admin.revocationDays,
    shown: "400",
    help: "How long a revocation is kept that names no end, in days, unless it is of a token whose expiry shows: no link may live longer. 400 days are what browsers keep a cookie for at most.",
  }),
});

const logSchema = section({
  level: setting(oneOf("trace", "debug", "info", "warn", "error", "silent").optional(), {
    env: "LOG_LEVEL",
    atStart: ({ log }) => log.level,
    shown: "info; debug with `GIN_MODE=debug`",
    help: "The least of what is logged: trace, debug, info, warn, error or silent.",
  }),
  format: setting(oneOf("json", "pretty").default("json"), {
    env: "LOG_FORMAT",
    atStart: ({ log }) => log.format,
    shown: "json",
    help: "`json`, one object a line, or `pretty` for a terminal.",
  }),
});

/** The whole of `sallyport.yaml`. */
export const rootSchema = section({
  mode: setting(oneOf("release", "debug", "test").default("release"), {
    env: "GIN_MODE",
    shown: "release",
    help: "`debug` logs more and takes keys under 32 bytes with a warning; `test` is the same as `release`.",
  }),
  dataDir: setting(text().default("data"), {
    env: "DATA_DIR",
    atStart: ({ dataDir }) => dataDir,
    path: true,
    shown: "data (image: /var/lib/sallyport)",
    help: "The folder of what must outlive a process, such as the self-signed certificate.",
  }),
  drain: setting(duration({ min: 0, max: 3_600_000 }).default(8000), {
    env: "DRAIN_SECONDS",
    atStart: ({ drainSeconds }) => drainSeconds,
    shown: "8s",
    help: "How long requests in flight may go on after SIGTERM. Docker kills after 10 seconds.",
  }),
  handOver: setting(duration({ min: 0, max: 86_400_000 }).default(300_000), {
    env: "HANDOVER_SECONDS",
    atStart: ({ handOverSeconds }) => handOverSeconds,
    shown: "5m",
    help: "How long a worker that is replaced (SIGUSR2), or a gateway that leaves (SIGQUIT), may go on with open WebSockets and requests.",
  }),
  processes: setting(integerOr("auto", { min: 1, max: MAX_PROCESSES }).default(1), {
    env: "PROCESSES",
    atStart: ({ processes }) => processes,
    shown: "1",
    help: "Worker processes, or `auto` for one a CPU.",
  }),
  user: setting(text().optional(), {
    env: "SALLYPORT_USER",
    atStart: ({ user }) => user,
    shown: "node where that user exists, else nobody",
    help: "Whom the worker processes run as when the gateway is started as root: a name or a number.",
  }),
  admin: adminSchema,
  log: logSchema,
  store: storeSchema,
  audit: auditSchema,
  web: webSchema,
  tcp: z.array(tcpListenerSchema).optional(),
});

/** What the schema yields: parsed, with defaults, but with files not yet read. */
export type Parsed = z.output<typeof rootSchema>;
