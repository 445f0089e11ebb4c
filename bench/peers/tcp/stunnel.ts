import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Peer } from "../peer.ts";
import { startTcpProgram } from "./program.ts";

/** It takes any certificate of the authority: groups it cannot read. */
export const stunnel: Peer = {
  name: "stunnel",
  label: "stunnel",
  requirements: [{ needs: "stunnel4", debian: "stunnel4" }],
  version: async () => {
    const { stdout, stderr } = await promisify(execFile)("stunnel4", ["-version"]);
    return /stunnel ([0-9.]+)/.exec(stdout + stderr)?.[1] ?? "unknown";
  },
  start: (options) =>
    startTcpProgram({ command: "stunnel4", template: "tcp/stunnel.conf", args: (file) => [file] }, options),
};
