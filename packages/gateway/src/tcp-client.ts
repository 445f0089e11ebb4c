import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { HostPort, ListenAddress } from "./config/configuration.ts";
import { createDialService, type DialService, type ServiceTls } from "./pools/dial-service.ts";
import { upstreamFault } from "./pools/fault.ts";
import { ServiceCall } from "./pools/service-call.ts";
import { SharedReads } from "./pools/shared-reads.ts";
import { breakOff } from "./relay/break-off.ts";
import { Splice } from "./relay/splice.ts";
import { createTicker, type Ticker } from "./relay/ticker.ts";

export interface TcpClientOptions {
  readonly listen: ListenAddress;
  readonly to: HostPort;
  readonly tls: ServiceTls;
  /** Told, in words, why a connection could not be led on. */
  readonly onFault: (message: string) => void;
}

export interface TcpClient {
  readonly port: number;
  close(): Promise<void>;
}

const DIAL_TIMEOUT = 10_000;
/** With TLS 1.3 a client's handshake is done before the listener has looked at its certificate. */
const REFUSED =
  "ended the connection without a byte: it may not take this certificate or its group, or a limit is reached (its log says which)";

/** Listens for plain TCP and leads each connection over TLS, with a client certificate, to one place. */
export async function startTcpClient(options: TcpClientOptions): Promise<TcpClient> {
  const dial = createDialService({ tls: () => options.tls, timeout: DIAL_TIMEOUT });
  const ticker = createTicker(1_000);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (local) => {
    open.add(local);
    local.once("close", () => open.delete(local));
    void lead(local, { ...options, dial, ticker });
  });
  server.listen({ ...options.listen });
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}

async function lead(local: Socket, parts: TcpClientOptions & { dial: DialService; ticker: Ticker }): Promise<void> {
  const { to, onFault, dial, ticker } = parts;
  const reads = new SharedReads();
  const call = new ServiceCall(reads.onread);
  local.on("error", () => local.destroy());
  local.once("close", () => call.abort());
  try {
    const socket = await dial(to, call);
    const counts = { received: 0, sent: 0 };
    new Splice({
      client: { socket: local, reset: () => breakOff(local) },
      upstream: { socket, reset: () => void socket.destroy() },
      reads,
      counts,
      ticker,
      idleTicks: 0,
      onEnd: (reason) => {
        if (reason === "upstream-gone" && counts.sent === 0) onFault(`${to.host}:${to.port} ${REFUSED}`);
      },
    });
  } catch (error) {
    if (!call.aborted) onFault(`${to.host}:${to.port} cannot be reached (${upstreamFault(error).code})`);
    local.destroy();
  }
}
