import { fstatSync } from "node:fs";
import type { Environment } from "../config/environment.ts";
import { type PassedSocket, RunError } from "./running.ts";

/** sd_listen_fds(3): behind the standard streams. */
const FIRST = 3;

/**
 * The socket for the web entrypoint, passed as systemd does it (sd_listen_fds(3)): `LISTEN_PID` names this process,
 * `LISTEN_FDS` how many there are, `LISTEN_FDNAMES` their names, with colons between.
 * Undefined where none was passed, or to another process.
 * @throws RunError where what was passed is no socket, or more than one
 */
export function passedSocket(environment: Environment, pid: number): PassedSocket | undefined {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined || LISTEN_FDS === "0") return undefined;
  const names = LISTEN_FDNAMES?.split(":") ?? [];
  if (LISTEN_FDS !== "1") {
    throw new RunError(
      `LISTEN_FDS is ${JSON.stringify(LISTEN_FDS)} (${names.join(", ")}): the gateway takes one socket, for the web entrypoint; leave others out of the socket unit`,
    );
  }
  if (!isSocket(FIRST)) throw new RunError(`LISTEN_FDS names descriptor ${FIRST}, which is no socket`);
  return { fd: FIRST, name: names[0] ?? "" };
}

/** The environment of processes to which nothing was passed. */
export function withoutPassed(environment: Environment): Environment {
  const { LISTEN_PID: _pid, LISTEN_FDS: _fds, LISTEN_FDNAMES: _names, ...rest } = environment;
  return rest;
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBADF") return false;
    throw error;
  }
}
