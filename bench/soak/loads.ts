// Hours in minutes: connections come, go, stream, ask and idle at once, and what the gateway holds must come back.
import { download, echo, stream } from "../cases/case.ts";
import type { Load } from "../measure/stage.ts";

const KIB = 1024;
const SESSIONS = 50;

/** What is put on the gateway at the same time. */
export const loads: readonly Load[] = [
  { mode: "handshake", connections: 8, size: 64, sessions: SESSIONS, request: echo },
  { mode: "handshake", connections: 4, size: 64, resume: true, sessions: SESSIONS, request: echo },
  { mode: "stream", connections: 4, sessions: SESSIONS, request: stream },
  { mode: "paced", connections: 50, size: 64, rate: 500, sessions: SESSIONS, request: echo },
  { mode: "get", connections: 6, size: KIB, sessions: SESSIONS, request: download(KIB) },
  { mode: "get", connections: 2, size: KIB * KIB, sessions: SESSIONS, request: download(KIB * KIB) },
  { mode: "idle", connections: 500, size: 64, sessions: SESSIONS, request: echo },
];
