import { Failure } from "./environment.ts";

const ADVICE: Readonly<Record<string, (settings: string) => string>> = {
  EADDRINUSE: (settings) => `another program listens there: end it, or choose another port (${settings})`,
  EADDRNOTAVAIL: (settings) => `this machine has no such address: choose one of its own, or 0.0.0.0 (${settings})`,
  ENOTFOUND: (settings) => `no such name is known: write an address of this machine, or 0.0.0.0 (${settings})`,
  EACCES: (settings) => `this user may not take that port: choose one from 1024 up (${settings}), or start as root`,
};

/** What to do where an address cannot be listened on; undefined for any other error. `settings` name the address. */
export function listeningFailure(error: unknown, settings: string): Failure | undefined {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const advice = ADVICE[code];
  // The system's errors end with the address: `bind EADDRINUSE 127.0.0.1:8443`.
  return advice && new Failure(`cannot listen on ${/\S+$/.exec(message)?.[0]}: ${advice(settings)}`);
}
