import { once } from "node:events";
import type { Socket } from "node:net";
import { allow, deny, type Network, networkContains, parseAddress, type Result } from "@sallyport/shared";
import { PROXY_HEAD, type ProxiedEnds, proxyBodyLength, readProxyBody } from "../../relay/proxy-protocol.ts";

/** IPv4 by way of an IPv6 socket, in a form of its own. */
const MAPPED = /^::ffff:(?=[\d.]+$)/;
/** The interface that a link-local address was met on, which says nothing to anybody else. */
const ZONE = /%.*$/;

/** The client's address as the socket says. */
export function peerAddress({ remoteAddress }: Socket): string | undefined {
  return remoteAddress && plainAddress(remoteAddress);
}

function plainAddress(address: string): string {
  return address.includes(":") ? address.replace(MAPPED, "").replace(ZONE, "") : address;
}

/** Both ends as the sockets have them. */
export function socketEnds({ remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 }: Socket) {
  return {
    sourceAddress: plainAddress(remoteAddress),
    sourcePort: remotePort,
    destinationAddress: plainAddress(localAddress),
    destinationPort: localPort,
  } satisfies ProxiedEnds;
}

export function isBalancer(socket: Socket, balancers: readonly Network[]): boolean {
  if (balancers.length === 0) return false;
  const address = parseAddress(peerAddress(socket) ?? "");
  return address !== undefined && balancers.some((network) => networkContains(network, address));
}

/**
 * Both ends from the PROXY header at a connection's start, or `local` where the balancer speaks for itself; not a byte
 * more than the header is read.
 */
export async function readProxiedEnds(socket: Socket, timeout: number): Promise<Result<ProxiedEnds | "local">> {
  const signal = AbortSignal.timeout(timeout);
  const head = await readExactly(socket, PROXY_HEAD, signal);
  const length = head && proxyBodyLength(head);
  if (!head || length === undefined) return deny("proxy-header", head ? "no header of version 2" : "none came");
  const body = length === 0 ? Buffer.alloc(0) : await readExactly(socket, length, signal);
  const ends = body && readProxyBody(head, body);
  if (!ends) return deny("proxy-header", "cut short, or not TCP over IP");
  return allow(ends);
}

/** Undefined where the socket ends, fails or is silent before. */
async function readExactly(socket: Socket, length: number, signal: AbortSignal): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for (let missing = length; missing > 0; ) {
    // Nothing is left lying that is waited for: with bytes in its buffer a socket is readable at once, again and again.
    const chunk: Buffer | null = socket.read(Math.min(missing, Math.max(1, socket.readableLength)));
    if (chunk) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (!(await isMoreToRead(socket, signal))) return undefined;
  }
  return Buffer.concat(chunks);
}

async function isMoreToRead(socket: Socket, signal: AbortSignal): Promise<boolean> {
  if (socket.readableEnded || socket.destroyed || signal.aborted) return false;
  const gone = new AbortController();
  try {
    const either = { signal: AbortSignal.any([signal, gone.signal]) };
    await Promise.race(["readable", "end", "close"].map((event) => once(socket, event, either)));
    return true;
  } catch {
    return false; // An error, or the time is over: whoever asked says so.
  } finally {
    gone.abort();
  }
}
