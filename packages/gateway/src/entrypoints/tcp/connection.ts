import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { allow, type EndReason } from "@sallyport/shared";
import type { ConnectionSession } from "../../admission/connection-session.ts";
import type { Live } from "../../admission/session.ts";
import { upstreamFault } from "../../pools/fault.ts";
import type { Reached } from "../../pools/reach.ts";
import { ServiceCall } from "../../pools/service-call.ts";
import { SharedReads } from "../../pools/shared-reads.ts";
import { breakOff } from "../../relay/break-off.ts";
import { type ProxiedEnds, writeProxyHeader } from "../../relay/proxy-protocol.ts";
import { Splice, type SpliceSide } from "../../relay/splice.ts";
import type { TcpParts } from "./parts.ts";

/** A client whose handshake is done. */
export interface Client {
  readonly secure: TLSSocket;
  /** What carries `secure`: the only one that can be reset. */
  readonly raw: Socket;
  readonly clientAddress: string | undefined;
  /** What the upstream is told of the connection; undefined: nothing. */
  readonly ends: ProxiedEnds | undefined;
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
  // Admission may have waited for somebody else's answer: a client that went meanwhile says so no more.
  if (secure.destroyed) return parts.registry.end(admitted.value, "client-gone");
  await new Connection(parts, client, admitted.value).serve();
}

/** An admitted client on the way to its upstream, and with it. */
class Connection implements Live {
  readonly #parts: TcpParts;
  readonly #client: Client;
  readonly #session: ConnectionSession;
  readonly #reads = new SharedReads();
  readonly #call = new ServiceCall(this.#reads.onread);
  readonly #detach: () => void;
  #splice: Splice | undefined;

  constructor(parts: TcpParts, client: Client, session: ConnectionSession) {
    this.#parts = parts;
    this.#client = client;
    this.#session = session;
    client.secure.on("close", () => this.#call.abort());
    this.#detach = session.attach(this);
  }

  end(reason: EndReason): void {
    if (this.#splice) this.#splice.end(reason);
    else this.#call.abort();
  }

  /** Where there is no upstream, or the client or its session goes first, all is ended. */
  async serve(): Promise<void> {
    const reached = await this.#reach();
    if (reached && !this.#call.aborted) return this.#relay(reached);
    reached?.release();
    reached?.socket.destroy();
    this.#detach();
    this.#parts.registry.end(this.#session, this.#call.aborted ? "client-gone" : "upstream-gone");
    this.#client.secure.destroy();
  }

  async #reach(): Promise<Reached | undefined> {
    const { reach, log, name: listener } = this.#parts;
    try {
      return await reach(this.#call);
    } catch (error) {
      if (this.#call.aborted) return undefined;
      const { reason, code } = upstreamFault(error);
      log.error({ requestId: this.#client.requestId, listener, reason, code }, "no upstream can be reached");
      return undefined;
    }
  }

  #relay({ socket, release, upstream }: Reached): void {
    const { metrics, ticker, tickMs, limits, log } = this.#parts;
    const { ends, secure, requestId } = this.#client;
    if (ends) socket.write(writeProxyHeader(ends));
    metrics.live("tcp", 1);
    if (log.debugs) log.debug({ requestId, session: this.#session.name, upstream }, "relaying");
    this.#splice = new Splice({
      client: { socket: secure, reset: () => reset(this.#client) },
      upstream: upstreamSide(socket),
      reads: this.#reads,
      counts: this.#session.counts,
      ticker,
      idleTicks: Math.ceil(limits.idleMs / tickMs),
      onEnd: (reason) => this.#ended(release, reason),
    });
  }

  #ended(release: () => void, reason: EndReason): void {
    const { registry, metrics } = this.#parts;
    release();
    this.#detach();
    metrics.live("tcp", -1);
    metrics.ended(this.#session.ended ?? reason);
    registry.end(this.#session, reason);
  }
}

function upstreamSide(socket: Socket): SpliceSide {
  // A TLS socket has no reset of its own: its peer sees the cut by the missing farewell of TLS.
  return { socket, reset: () => ("encrypted" in socket ? socket.destroy() : breakOff(socket)) };
}

function reset({ raw, secure }: Client): void {
  breakOff(raw, secure);
  secure.destroy();
}
