import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";
import { startNode } from "./start-node.ts";

const PROGRAM = fileURLToPath(new URL("./node-way-process.ts", import.meta.url));

/** What most Node projects do: `ws` at both ends and http-proxy, here through its maintained line. */
export const nodeWay: Peer = {
  name: "node",
  label: "Node, ws and http-proxy",
  compiles: true,
  requirements: [],
  version: () => {
    const { version } = createRequire(import.meta.url)("ws/package.json") as { version: string };
    return Promise.resolve(`Node ${process.versions.node}, ws ${version}`);
  },
  start: ({ cpus, controllerPort, directory, certificate, secret }) =>
    startNode({
      args: [PROGRAM],
      cpus,
      log: join(directory, "log"),
      environment: {
        JWT_KEY: secret,
        CERT_PATH: certificate.cert,
        KEY_PATH: certificate.key,
        CONTROLLER_PORT: String(controllerPort),
      },
    }),
};
