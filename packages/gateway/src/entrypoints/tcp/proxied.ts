import { once } from "node:events";
import type { Socket } from "node:net";
import { deny, type Network, networkContains, parseAddress, type Result } from "@sallyport/shared";
import { PROXY_HEAD, proxyBodyLength, readProxyBody } from "../../relay/proxy-protocol.ts";

/** The client's address as the socket says; an IPv4 address that came by an IPv6 socket in its own form. */
export function peerAddress({ remoteAddress }: Socket): string | undefined {
  return remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, "");
}

export function isBalancer(socket: Socket, balancers: readonly Network[]): boolean {
  const address = parseAddress(peerAddress(socket) ?? "");
  return address !== undefined && balancers.some((network) => networkContains(network, address));
}

/** The client's address from the PROXY header at a connection's start; not a byte more than the header is read. */
export async function readClientAddress(socket: Socket, timeout: number): Promise<Result<string | undefined>> {
  const signal = AbortSignal.timeout(timeout);
  const head = await readExactly(socket, PROXY_HEAD, signal);
  const length = head && proxyBodyLength(head);
  if (!head || length === undefined) return deny("proxy-header", head ? "no header of version 2" : "none came");
  const body = length === 0 ? Buffer.alloc(0) : await readExactly(socket, length, signal);
  const ends = body && readProxyBody(head, body);
  if (!ends) return deny("proxy-header", "cut short, or not TCP over IP");
  return { ok: true, value: ends === "local" ? peerAddress(socket) : ends.sourceAddress };
}

/** Undefined where the socket ends, fails or is silent before. */
async function readExactly(socket: Socket, length: number, signal: AbortSignal): Promise<Buffer | undefined> {
  for (;;) {
    const bytes: Buffer | null = socket.read(length);
    if (bytes) return bytes.length === length ? bytes : undefined;
    if (socket.readableEnded || socket.destroyed || signal.aborted) return undefined;
    const gone = new AbortController();
    try {
      const either = { signal: AbortSignal.any([signal, gone.signal]) };
      await Promise.race([
        once(socket, "readable", either),
        once(socket, "end", either),
        once(socket, "close", either),
      ]);
    } catch {
      return undefined; // An error, or the time is over: whoever asked says so.
    } finally {
      gone.abort();
    }
  }
}
