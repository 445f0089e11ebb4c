import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../test/support/ports.ts";
import { startChild } from "../../measure/child.ts";
import { listening, type Peer } from "../peer.ts";
import { sallyport } from "../sallyport.ts";

const COMMAND_LINE = fileURLToPath(new URL("../../../packages/gateway/src/main.ts", import.meta.url));

/** The command line as an operator starts it. */
export const sallyportTcp: Peer = {
  ...sallyport,
  start: async ({ cpus, controllerPort, directory, certificate, clientAuthority = "" }) => {
    const port = await freePort();
    const options = {
      listen: `127.0.0.1:${port}`,
      ca: clientAuthority,
      cert: certificate.cert,
      key: certificate.key,
      upstream: `127.0.0.1:${controllerPort}`,
      group: "bench",
      drain: 0,
      // The others write nothing about a connection that was let in.
      "log-level": "warn",
      // The load is one client, and what a limit costs is the same however high it is.
      capacity: 1_000_000,
      "fill-rate": "1ms",
      "max-concurrent": 100_000,
    };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = await startChild({
      command: process.execPath,
      args: [COMMAND_LINE, "tcp", ...words],
      cpus,
      log: join(directory, "log"),
      environment: { NODE_ENV: "production" },
    });
    await listening(port, child);
    return { port, pids: [child.pid], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
  },
};
