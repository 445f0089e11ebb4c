import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeOptions } from "../../packages/gateway/src/processes/node-options.ts";
import { freePort } from "../../test/support/ports.ts";
import { startChild } from "../measure/child.ts";
import { listening, type Peer, type PeerOptions, type RunningPeer } from "./peer.ts";
import { type NodeHandle, startNode } from "./start-node.ts";

const PROGRAM = fileURLToPath(new URL("../gateway-process.ts", import.meta.url));
const COMMAND_LINE = fileURLToPath(new URL("../../packages/gateway/src/main.ts", import.meta.url));

export const sallyport: Peer = {
  name: "sallyport",
  label: "Sallyport",
  compiles: true,
  requirements: [],
  version: () => Promise.resolve(`Node ${process.versions.node}`),
  start: (options) => (options.processes > 1 ? startCommand(options) : startSallyport(options)),
};

/** One process that can be asked about itself; `more` options of Node's such as `--cpu-prof`. */
export function startSallyport(options: PeerOptions, more: readonly string[] = []): Promise<RunningPeer & NodeHandle> {
  return startNode({
    args: [...productionOptions, ...more, PROGRAM],
    cpus: options.cpus,
    environment: { ...environment(options), LISTEN: "127.0.0.1:0" },
    log: join(options.directory, "log"),
  });
}

/** Several processes, through the command line as an operator starts them. */
async function startCommand(options: PeerOptions): Promise<RunningPeer> {
  const port = await freePort();
  const child = await startChild({
    command: process.execPath,
    args: [COMMAND_LINE, "serve"],
    cpus: options.cpus,
    log: join(options.directory, "log"),
    environment: {
      ...environment(options),
      LISTEN: `127.0.0.1:${port}`,
      ADMIN_LISTEN: `127.0.0.1:${await freePort()}`,
      PROCESSES: String(options.processes),
      DRAIN_SECONDS: "1",
    },
  });
  await listening(port, child);
  return { port, pids: [child.pid], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** Node's options as `sallyport serve` starts itself with. */
export const productionOptions = nodeOptions("web");

/** The defaults of production, but for where things are. */
function environment({ controllerPort, directory, certificate, secret }: PeerOptions): Record<string, string> {
  return {
    NODE_ENV: "production",
    JWT_KEY: secret,
    CERT_PATH: certificate.cert,
    KEY_PATH: certificate.key,
    DATA_DIR: directory,
    ALLOWED_TARGETS: "127.0.0.1",
    DETECT_PLATFORMS: "false",
    ALLOWED_PORTS: String(controllerPort),
  };
}
