import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../test/support/ports.ts";
import { startChild } from "../measure/child.ts";
import { listening, type Peer, type PeerOptions, type RunningPeer } from "./peer.ts";
import { writeTemplate } from "./template.ts";

export const haproxy: Peer = {
  name: "haproxy",
  label: "haproxy",
  requirements: [{ needs: "haproxy", debian: "haproxy" }],
  version: async () => {
    const { stdout } = await promisify(execFile)("haproxy", ["-v"]);
    return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
  },
  start,
};

async function start(options: PeerOptions): Promise<RunningPeer> {
  const { processes, cpus, controllerPort, directory, certificate, secret } = options;
  const port = await freePort();
  const file = await writeTemplate("haproxy.cfg", directory, {
    threads: processes,
    port,
    certificate: certificate.pair,
    secret,
    controller: controllerPort,
  });
  // In the foreground, so that it is one process and ends with us.
  const child = await startChild({
    command: "haproxy",
    args: ["-db", "-q", "-f", file],
    cpus,
    log: join(directory, "log"),
  });
  await listening(port, child);
  return { port, pids: [child.pid], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
