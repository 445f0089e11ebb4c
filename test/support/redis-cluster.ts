import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { freePort } from "./ports.ts";
import { type RedisServer, startRedis } from "./redis.ts";

const run = promisify(execFile);

/** The fewest primaries that Redis makes a cluster of. */
const NODES = 3;

/** A cluster of three primaries on loopback, each with a third of the slots. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  /** All of them, with commas between. */
  readonly url: string;
  /** The node that answers for a key. */
  nodeOf(key: string): Promise<RedisServer>;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  await using undo = new AsyncDisposableStack();
  const nodes: RedisServer[] = [];
  for (let n = 0; n < NODES; n++) {
    // Nodes talk to each other on a port of its own; the one that Redis would take is above all ports at times.
    const own = ["--cluster-enabled", "yes", "--cluster-port", String(await freePort())];
    nodes.push(undo.use(await startRedis({ settings: own })));
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-replicas", "0", "--cluster-yes"]);
  await Promise.all(nodes.map(({ port }) => isWhole(port)));
  const parts = undo.move();
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(","),
    async nodeOf(key) {
      const port = await portOf(nodes[0]?.port ?? 0, key);
      const found = nodes.find((node) => node.port === port);
      if (!found) throw new Error(`no node of ours answers for ${key}`);
      return found;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Where a node sends one who asks for this key: itself, or the port in its `MOVED`. */
async function portOf(port: number, key: string): Promise<number> {
  const { stdout } = await run("redis-cli", ["-p", String(port), "exists", key]);
  return Number(/^MOVED \d+ .*:(\d+)/.exec(stdout)?.[1] ?? port);
}

/** Waits until a node knows that every slot has somebody who answers for it. */
async function isWhole(port: number): Promise<void> {
  for (;;) {
    const { stdout } = await run("redis-cli", ["-p", String(port), "cluster", "info"]);
    if (stdout.includes("cluster_state:ok")) return;
  }
}
