import { lookup } from "node:dns/promises";
import { BoundSocket } from "node:net";
import type { ListenAddress } from "../config/configuration.ts";

/**
 * Binds without listening. The workers listen on what they inherit; as this process keeps the socket open, connections
 * that arrive while a worker is replaced wait in its queue instead of being refused.
 * @throws Error of the system, such as EADDRINUSE
 */
export async function bindSocket({ host, port }: ListenAddress): Promise<BoundSocket> {
  const { address } = await lookup(host);
  return new BoundSocket({ host: address, port });
}
