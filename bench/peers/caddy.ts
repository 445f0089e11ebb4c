import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../test/support/ports.ts";
import { startChild } from "../measure/child.ts";
import { listening, type Peer, type PeerOptions, type RunningPeer } from "./peer.ts";
import { startNode } from "./start-node.ts";
import { writeTemplate } from "./template.ts";

const CHECKER = fileURLToPath(new URL("./caddy-checker.ts", import.meta.url));

export const caddy: Peer = {
  name: "caddy",
  label: "caddy with forward_auth",
  compiles: true,
  requirements: [{ needs: "caddy", debian: "caddy" }],
  version: async () => (await promisify(execFile)("caddy", ["version"])).stdout.trim().split(" ")[0] ?? "unknown",
  start,
};

/** Debian's caddy cannot read tokens: it asks a small Node program beside it, whose cost counts as caddy's. */
async function start(options: PeerOptions): Promise<RunningPeer> {
  const { cpus, controllerPort, directory, certificate, secret, processes } = options;
  await using stack = new AsyncDisposableStack();
  const checker = stack.use(
    await startNode({ args: [CHECKER], cpus, environment: { JWT_KEY: secret }, log: join(directory, "checker.log") }),
  );
  const port = await freePort();
  const file = await writeTemplate("Caddyfile", directory, {
    port,
    checker: checker.port,
    controller: controllerPort,
    certificate: certificate.cert,
    key: certificate.key,
  });
  const child = stack.use(
    await startChild({
      command: "caddy",
      args: ["run", "--config", file, "--adapter", "caddyfile"],
      cpus,
      log: join(directory, "log"),
      environment: { GOMAXPROCS: String(processes), XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    }),
  );
  await listening(port, child);
  const owned = stack.move();
  return { port, pids: [child.pid, ...checker.pids], [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
