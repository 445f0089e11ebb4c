import { lookup } from "node:dns/promises";
import { closeSync } from "node:fs";
import { BoundSocket } from "node:net";
import type { ListenAddress } from "../config/configuration.ts";
import type { PassedSocket } from "./running.ts";

/** A socket on which workers listen, whoever bound it. */
export interface SharedSocket {
  fd(): number;
  close(): void;
}

/** One that was passed to us: connections that come while nobody runs here wait with whoever passed it. */
export function sharePassed({ fd }: PassedSocket): SharedSocket {
  return { fd: () => fd, close: () => closeSync(fd) };
}

/**
 * Binds without listening. The workers listen on what they inherit; as this process keeps the socket open, connections
 * that arrive while a worker is replaced wait in its queue instead of being refused.
 * @throws Error of the system, such as EADDRINUSE
 */
export async function bindSocket({ host, port }: ListenAddress): Promise<SharedSocket> {
  const { address } = await lookup(host);
  return new BoundSocket({ host: address, port });
}
