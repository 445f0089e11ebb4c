import { request } from "node:http";
import { addressInUrl } from "@sallyport/shared";
import { loadConfiguration } from "../config/load.ts";
import { reachableHost } from "./admin-client.ts";
import type { FileOption } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

const TIMEOUT = 3_000;

/** Asks the running gateway whether it is ready: exit code 0 or 1, for HEALTHCHECK. */
export async function health(world: World, { config: file }: FileOption): Promise<void> {
  const loaded = await loadConfiguration({ environment: world.environment, file });
  const listen = "configuration" in loaded ? loaded.configuration.admin.listen : { host: "127.0.0.1", port: 8444 };
  const status = await ask(reachableHost(listen.host), listen.port);
  if (status !== 200) throw new Failure(`not ready (${status})`);
  world.out("ready\n");
}

function ask(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new Failure(`${addressInUrl(host)}:${port} does not answer (${error.message})`));
    const outgoing = request({ host, port, path: "/readyz", timeout: TIMEOUT }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
    outgoing.on("error", fail);
    outgoing.end();
  });
}
