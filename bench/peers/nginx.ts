import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../test/support/ports.ts";
import { startChild } from "../measure/child.ts";
import { descriptorLimit } from "../measure/machine.ts";
import { listening, type Peer, type PeerOptions, type RunningPeer } from "./peer.ts";
import { writeTemplate } from "./template.ts";

/** nginx reserves memory for each connection that it may have; the cases need half of this. */
const CONNECTIONS = 16_384;

export const nginx: Peer = {
  name: "nginx",
  label: "nginx with njs",
  requirements: [
    { needs: "nginx", debian: "nginx" },
    { needs: "/usr/lib/nginx/modules/ngx_http_js_module.so", debian: "libnginx-mod-http-js" },
  ],
  version: async () => {
    const { stderr } = await promisify(execFile)("nginx", ["-v"]);
    return /nginx\/(\S+)/.exec(stderr)?.[1] ?? "unknown";
  },
  start,
};

async function start(options: PeerOptions): Promise<RunningPeer> {
  const { processes, cpus, controllerPort, directory, certificate, secret } = options;
  const port = await freePort();
  await writeTemplate("nginx-token.njs", directory, { secret });
  const file = await writeTemplate("nginx.conf", directory, {
    directory,
    workers: processes,
    descriptors: Math.min(descriptorLimit(), CONNECTIONS),
    port,
    controller: controllerPort,
    certificate: certificate.cert,
    key: certificate.key,
  });
  const args = ["-p", directory, "-c", file, "-e", "stderr"];
  const child = await startChild({ command: "nginx", args, cpus, log: join(directory, "log") });
  await listening(port, child);
  return { port, pids: [child.pid], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
