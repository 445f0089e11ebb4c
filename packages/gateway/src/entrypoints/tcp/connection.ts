import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { allow, type EndReason } from "@sallyport/shared";
import type { ConnectionSession } from "../../admission/connection-session.ts";
import { upstreamFault } from "../../pools/fault.ts";
import type { Reached } from "../../pools/reach.ts";
import { SharedReads } from "../../pools/shared-reads.ts";
import { type ProxiedEnds, writeProxyHeader } from "../../relay/proxy-protocol.ts";
import { Splice, type SpliceSide } from "../../relay/splice.ts";
import type { TcpParts } from "./parts.ts";

/** A client whose handshake is done. */
export interface Client {
  readonly secure: TLSSocket;
  /** What carries `secure`: the only one that can be reset. */
  readonly raw: Socket;
  readonly clientAddress: string | undefined;
  readonly ends: ProxiedEnds;
  readonly requestId: string;
}

/** One connection's whole way: admitted, led to an upstream, relayed, accounted for. Never rejects for its peers' sake. */
export async function serveClient(parts: TcpParts, client: Client): Promise<void> {
  const { secure, clientAddress, requestId } = client;
  // Whoever waits for the socket's end listens for its close; an error comes before that.
  secure.on("error", () => secure.destroy());
  const leaf = secure.getPeerX509Certificate();
  if (!leaf) return void secure.destroy();
  const attempt = { entrypoint: "tcp", transport: "tls", certificate: { leaf }, clientAddress } as const;
  const admitted = await parts.admit(allow(attempt), requestId);
  // The same for every reason (rows J-08, J-11): closed, without a byte.
  if (!admitted.ok) return void secure.destroy();
  const session = admitted.value;
  // Admission may have waited for somebody else's answer: a client that went meanwhile says so no more.
  if (secure.destroyed) return parts.registry.end(session, "client-gone");
  const reads = new SharedReads();
  const reached = await reachFor(parts, { client, session, reads });
  if (!reached) return;
  relay(parts, { client, session, reads, reached });
}

interface Admitted {
  readonly client: Client;
  readonly session: ConnectionSession;
  readonly reads: SharedReads;
}

/** An upstream for an admitted client. Where there is none, or the client or its session goes first, all is ended. */
async function reachFor(parts: TcpParts, { client, session, reads }: Admitted): Promise<Reached | undefined> {
  const { registry, log } = parts;
  const { secure, requestId } = client;
  const dialling = new AbortController();
  const stop = () => dialling.abort();
  const detach = session.attach({ end: stop });
  secure.once("close", stop);
  try {
    const reached = await parts.reach({ onread: reads.onread, signal: dialling.signal });
    if (!dialling.signal.aborted) return reached;
    reached.release();
    reached.socket.destroy();
  } catch (error) {
    if (!dialling.signal.aborted) {
      const { reason, code } = upstreamFault(error);
      log.error({ requestId, listener: parts.name, reason, code }, "no upstream can be reached");
    }
  } finally {
    detach();
    secure.off("close", stop);
  }
  registry.end(session, dialling.signal.aborted ? "client-gone" : "upstream-gone");
  secure.destroy();
  return undefined;
}

function relay(parts: TcpParts, { client, session, reads, reached }: Admitted & { reached: Reached }): void {
  const { registry, metrics, ticker, tickMs, limits } = parts;
  const { socket, release, upstream } = reached;
  if (parts.sendProxyHeader) socket.write(writeProxyHeader(client.ends));
  const onEnd = (reason: EndReason) => {
    release();
    detach();
    metrics.live("tcp", -1);
    metrics.ended(session.ended ?? reason);
    registry.end(session, reason);
  };
  metrics.live("tcp", 1);
  parts.log.debug({ requestId: client.requestId, session: session.name, upstream }, "relaying");
  const splice = new Splice({
    client: { socket: client.secure, reset: () => reset(client) },
    upstream: upstreamSide(socket),
    reads,
    counts: session.counts,
    ticker,
    idleTicks: Math.ceil(limits.idleMs / tickMs),
    onEnd,
  });
  const detach = session.attach(splice);
}

function upstreamSide(socket: Socket): SpliceSide {
  // A TLS socket has no reset of its own: its peer sees the cut by the missing farewell of TLS.
  return { socket, reset: () => ("encrypted" in socket ? socket.destroy() : void socket.resetAndDestroy()) };
}

function reset({ raw, secure }: Client): void {
  if (!raw.destroyed) raw.resetAndDestroy();
  secure.destroy();
}
