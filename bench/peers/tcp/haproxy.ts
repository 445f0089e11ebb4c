import { haproxy } from "../haproxy.ts";
import type { Peer } from "../peer.ts";
import { startTcpProgram } from "./program.ts";

export const haproxyTcp: Peer = {
  ...haproxy,
  start: (options) =>
    startTcpProgram(
      { command: "haproxy", template: "tcp/haproxy.cfg", args: (file) => ["-db", "-q", "-f", file] },
      options,
    ),
};
