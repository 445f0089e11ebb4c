import type { Peer } from "./peer.ts";

/** Nothing in between: what the load itself adds to a latency. It checks no token. */
export const direct: Peer = {
  name: "direct",
  label: "nothing in between",
  requirements: [],
  version: () => Promise.resolve(""),
  start: ({ controllerPort }) =>
    Promise.resolve({ port: controllerPort, pids: [], [Symbol.asyncDispose]: () => Promise.resolve() }),
};
