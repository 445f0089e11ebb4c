import { StoreError } from "../store.ts";

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^(?:NOAUTH|WRONGPASS|ERR invalid password|ERR AUTH)/, "refuses our credentials: look at REDIS_URL"],
  [/^NOPERM/, "does not let this user do what is needed: give it all commands on the keys {sallyport}:*"],
  [/^READONLY/, "is a read-only replica: REDIS_URL must name the primary"],
  [/^OOM/, "is out of memory: raise maxmemory, and keep maxmemory-policy at noeviction"],
  [/^MISCONF/, "cannot write to its disk"],
  [/^LOADING/, "is still reading its data"],
  [/^MOVED/, "is one node of a cluster: name several of its nodes in REDIS_URL, with commas between"],
  [/^CLUSTERDOWN/, "is a cluster that lacks a node"],
  [/Stream isn't writeable|Connection is closed|connection ended/, "is away: the connection ended"],
  [/cluster support disabled/, "is no cluster: name only one address in REDIS_URL"],
  [/time(?:d )?out/i, "does not answer in time"],
];

/** An error of Redis's in words for whoever operates the gateway. */
export function explain(error: Error): StoreError {
  if (error instanceof StoreError) return error;
  const said = causeOf(error).message;
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1] ?? "cannot be reached or failed";
  return new StoreError(`Redis ${advice} (${said})`, { cause: error });
}

/** What a cluster's client says of itself is that no node could be asked; why, the last node's error says. */
function causeOf(error: Error & { lastNodeError?: Error }): Error {
  return error.lastNodeError ?? error;
}
