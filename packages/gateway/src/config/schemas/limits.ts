import { byteSize, duration, integer } from "../fields.ts";
import { section, setting } from "../settings.ts";

const MAX_COUNT = 10_000_000;
const DAY_MS = 86_400_000;
const MIB = 2 ** 20;

/** Caps and patience. */
export const limitsSchema = section({
  sessions: setting(integer({ min: 1, max: MAX_COUNT }).default(10_000), {
    env: "MAX_SESSIONS",
    atStart: ({ web }) => web.limits.sessions,
    shown: "10000",
    help: "Sessions at once, in each process.",
  }),
  sessionsPerPrincipal: setting(integer({ min: 1, max: MAX_COUNT }).optional(), {
    env: "MAX_SESSIONS_PER_PRINCIPAL",
    atStart: ({ web }) => web.limits.sessionsPerPrincipal,
    shown: "none",
    help: "Sessions at once of one `sub`, in all processes and gateways.",
  }),
  sessionsPerController: setting(integer({ min: 1, max: MAX_COUNT }).optional(), {
    env: "MAX_SESSIONS_PER_CONTROLLER",
    atStart: ({ web }) => web.limits.sessionsPerController,
    shown: "none",
    help: "Sessions at once towards one controller, in all processes and gateways: as many as its family has consoles.",
  }),
  entriesPerClient: setting(integer({ min: 0, max: MAX_COUNT }).default(60), {
    env: "MAX_ENTRIES_PER_CLIENT",
    shown: "60",
    help: "Sessions that one client address (an IPv6 /64) may open in a minute, in each process; 0 any number. Counted where the edge proves itself (`EDGE_KEY`, `EDGE_CA`): nobody else's word for an address is taken.",
  }),
  connections: setting(integer({ min: 1, max: MAX_COUNT }).default(10_000), {
    env: "MAX_CONNECTIONS",
    atStart: ({ web }) => web.limits.connections,
    shown: "10000",
    help: "Client connections at once, in each process.",
  }),
  connectionsPerController: setting(integer({ min: 1, max: 1000 }).default(6), {
    env: "MAX_CONNECTIONS_PER_CONTROLLER",
    shown: "6",
    help: "HTTP connections to one controller at once, shared among the processes; a family that bears fewer gets fewer.",
  }),
  frame: setting(byteSize({ min: 125, max: 2 ** 40 }).default(64 * MIB), {
    env: "MAX_FRAME_BYTES",
    shown: "64MiB",
    help: "The largest WebSocket frame that is passed on.",
  }),
  session: setting(duration({ min: 0, max: 365 * DAY_MS }).default(0), {
    env: "SESSION_SECONDS",
    shown: "none",
    help: "A session ends when it has lasted so long, however often it is renewed; 0 never. Each process counts from when it first sees the session.",
  }),
  idle: setting(duration({ min: 0, max: 30 * DAY_MS }).default(3_600_000), {
    env: "IDLE_SECONDS",
    shown: "1h",
    help: "A WebSocket on which neither side sent anything for so long is ended; 0 never.",
  }),
  head: setting(duration({ min: 100, max: 600_000 }).default(15_000), {
    env: "HEAD_SECONDS",
    atStart: ({ web }) => web.limits.headMs,
    shown: "15s",
    help: "How long a client may take for its TLS handshake, and for the head of a request.",
  }),
  body: setting(duration({ min: 100, max: DAY_MS }).default(30_000), {
    env: "BODY_SECONDS",
    shown: "30s",
    help: "A client that brings less than 1 KiB of a body within so long, though it could, is cut off; so is one that takes nothing of a refused upgrade's answer for so long, or of another answer while others wait for the connection to its controller.",
  }),
  dial: setting(duration({ min: 100, max: 600_000 }).default(10_000), {
    env: "DIAL_SECONDS",
    atStart: ({ web }) => web.limits.dialMs,
    shown: "10s",
    help: "How long connecting to a controller may take, TLS included.",
  }),
  answer: setting(duration({ min: 100, max: DAY_MS }).default(60_000), {
    env: "ANSWER_SECONDS",
    atStart: ({ web }) => web.limits.answerMs,
    shown: "60s",
    help: "How long a controller may take from the end of a request to the head of its answer.",
  }),
});
