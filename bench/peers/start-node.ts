import { once } from "node:events";
import { startChild } from "../measure/child.ts";
import type { RunningPeer } from "./peer.ts";

export interface NodePeerOptions {
  /** Options of Node's, then the program, which sends its port to its parent. */
  readonly args: readonly string[];
  readonly cpus: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly log: string;
}

export interface NodeHandle {
  /** Sends the program a word and waits for what it sends back. */
  ask(question: string): Promise<unknown>;
}

/** A peer that is a Node program, as in production. */
export async function startNode(options: NodePeerOptions): Promise<RunningPeer & NodeHandle> {
  const child = await startChild({
    ...options,
    command: process.execPath,
    ipc: true,
    environment: { ...options.environment, NODE_ENV: "production" },
  });
  const [port] = await Promise.race([once(child.process, "message"), child.ended]);
  return {
    port,
    pids: [child.pid],
    ask: async (question) => {
      child.process.send(question);
      return (await Promise.race([once(child.process, "message"), child.ended]))[0];
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
